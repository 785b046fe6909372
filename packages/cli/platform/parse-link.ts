import { UsageError } from '../errors.ts'

export interface LoginLink {
  /** `https://10.0.0.1:8443`. */
  readonly url: string
  /** Of an invitation. */
  readonly token?: string
  /** Of the cluster's authority. */
  readonly fingerprint?: string
}

/** Parses `https://HOST:8443/#TOKEN.FINGERPRINT`; what stands behind the `#` may be left out. Throws UsageError. */
export const parseLink = (input: string): LoginLink => {
  if (!URL.canParse(input) || new URL(input).protocol !== 'https:') throw badLink(input)
  const { origin, hash } = new URL(input)
  if (hash.length < 2) return { url: origin }
  const at = hash.lastIndexOf('.')
  const [token, fingerprint] = [hash.slice(1, at), hash.slice(at + 1)]
  if (at < 2 || !/^[A-Za-z0-9_-]{43}$/.test(fingerprint)) throw badLink(`${origin}/#...`)
  return { url: origin, token, fingerprint }
}

const badLink = (input: string): UsageError =>
  new UsageError(
    `"${input}" is no link to a cluster`,
    "it is like https://10.0.0.1:8443, or the whole link that init printed; put it in '' for your shell",
  )
