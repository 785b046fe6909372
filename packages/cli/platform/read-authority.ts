import { connect } from 'node:tls'
import type { X509Certificate } from 'node:crypto'
import { fingerprintOf } from '@atoll/authority'
import { CommandError } from '../errors.ts'

export interface SeenAuthority {
  readonly certificatePem: string
  /** SHA-256, base64url. */
  readonly fingerprint: string
}

const timeoutMs = 10_000

/**
 * The authority at the end of the chain a server shows. Nothing of it is believed yet: a person or a link says whether the
 * fingerprint is the right one. Throws CommandError when nobody answers or no authority is shown.
 */
export const readAuthority = async (url: string, signal: AbortSignal): Promise<SeenAuthority> => {
  const chain = await readChain(new URL(url), AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])).catch(
    (cause: unknown) => {
      signal.throwIfAborted()
      throw unreachable(url, cause)
    },
  )
  const authority = chain.at(-1)
  if (authority === undefined || !authority.ca || !authority.verify(authority.publicKey)) throw noAuthority(url)
  const certificatePem = authority.toString()
  return { certificatePem, fingerprint: fingerprintOf(certificatePem) }
}

/** The authority of the cluster that is meant. CommandError `not-trusted` when another is shown, besides. */
export const pinAuthority = async (url: string, fingerprint: string, signal: AbortSignal): Promise<string> => {
  const seen = await readAuthority(url, signal)
  if (seen.fingerprint === fingerprint) return seen.certificatePem
  throw notTheCluster(url, seen.fingerprint)
}

export const notTheCluster = (url: string, seen: string): CommandError =>
  new CommandError('not-trusted', `trust ${url}: its fingerprint is ${seen}, not the one that was given`, {
    hint: 'somebody may stand between you and the cluster; nothing was sent. Is the link of this cluster, and a new one?',
  })

const readChain = ({ hostname, port }: URL, signal: AbortSignal): Promise<readonly X509Certificate[]> =>
  new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '')
    // Nothing is sent over this connection: it only shows the certificates, which are compared before they are trusted.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false }, () => {
      resolve(listChain(socket.getPeerX509Certificate()))
      socket.destroy()
    })
    const stop = (): void => void socket.destroy(new Error('no answer in time'))
    signal.addEventListener('abort', stop, { once: true })
    socket.once('error', reject)
    socket.once('close', () => signal.removeEventListener('abort', stop))
  })

/** A server sends a handful; more is nonsense. */
const maximumLength = 10

const listChain = (leaf: X509Certificate | undefined): readonly X509Certificate[] => {
  const chain: X509Certificate[] = []
  for (let next = leaf; next !== undefined && chain.length < maximumLength; next = next.issuerCertificate) {
    if (chain.at(-1)?.fingerprint256 === next.fingerprint256) break
    chain.push(next)
  }
  return chain
}

const unreachable = (url: string, cause: unknown): CommandError =>
  new CommandError('unreachable', `reach ${url}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    hint: 'is it the address "atoll init" printed, and is port 8443 open from here?',
    cause,
  })

const noAuthority = (url: string): CommandError =>
  new CommandError('no-authority', `read the certificates of ${url}: it shows no authority of its own`, {
    hint: 'is this the address of a control of Atoll?',
  })
