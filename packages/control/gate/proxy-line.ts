import { isIPv4, isIPv6 } from 'node:net'

/** Of version 1 of the PROXY protocol (haproxy.org, proxy-protocol.txt, 2.1): one line, before anything else is sent. */
export const linePrefix = 'PROXY '
/** With its end; a longer one is none. */
export const maxLineBytes = 107

export interface Ends {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** Tells who is at the other end of a connection that is passed on. */
export const renderProxyLine = ({ remoteAddress, remotePort, localAddress, localPort }: Ends): string => {
  const [from, to] = [bareAddress(remoteAddress), bareAddress(localAddress)]
  const family = isIPv4(from) && isIPv4(to) ? 'TCP4' : isIPv6(from) && isIPv6(to) ? 'TCP6' : undefined
  if (family === undefined) return `${linePrefix}UNKNOWN\r\n`
  return `${linePrefix}${family} ${from} ${to} ${remotePort ?? 0} ${localPort ?? 0}\r\n`
}

/** `address` is absent when the sender does not know it; undefined: this is no such line. Given without its end. */
export const parseProxyLine = (line: string): { readonly address?: string } | undefined => {
  if (line.startsWith(`${linePrefix}UNKNOWN`)) return {}
  const found = /^PROXY (TCP[46]) ([0-9a-fA-F.:]{2,45}) ([0-9a-fA-F.:]{2,45}) (\d{1,5}) (\d{1,5})$/.exec(line)
  const [, family, from = '', to = ''] = found ?? []
  const isRight = family === 'TCP4' ? isIPv4 : isIPv6
  return family !== undefined && isRight(from) && isRight(to) ? { address: from } : undefined
}

/** Without what a socket for both kinds of addresses writes before one of the older kind. */
export const bareAddress = (address = ''): string => address.replace(/^::ffff:(?=\d+\.)/i, '')
