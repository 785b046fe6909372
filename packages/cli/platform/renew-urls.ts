import { isIP } from 'node:net'

/**
 * Addresses of controls after one of them, the first, has said where all are now: managers that are new are added, and
 * addresses of nodes that are none any more are left out. Names stay: somebody has chosen them.
 */
export const renewUrls = (urls: readonly string[], controls: string | undefined): readonly string[] => {
  const [first = ''] = urls
  const managers = (controls ?? '').split(',').filter((address) => isIP(address) !== 0)
  if (managers.length === 0) return urls
  const kept = urls.filter((url) => url === first || isOf(url, managers))
  const known = new Set(kept.map(hostOf))
  const { port } = new URL(first)
  return [...kept, ...managers.filter((address) => !known.has(address)).map((address) => renderUrl(address, port))]
}

const isOf = (url: string, managers: readonly string[]): boolean => {
  const host = hostOf(url)
  return isIP(host) === 0 || managers.includes(host)
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** Where a node at this address answers. */
export const renderUrl = (address: string, port: string): string =>
  `https://${address.includes(':') ? `[${address}]` : address}${port === '' ? '' : `:${port}`}`
