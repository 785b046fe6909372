import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

type SecretKind = 'session' | 'token' | 'invitation' | 'reset' | 'code' | 'join'

/** People and scanners of repositories see by these what they have in front of them. */
const prefixes: Readonly<Record<SecretKind, string>> = {
  session: 'atoll_s_',
  token: 'atoll_t_',
  invitation: 'atoll_i_',
  reset: 'atoll_r_',
  code: 'atoll_c_',
  join: 'atoll_j_',
}

export interface Secret {
  readonly secret: string
  /** Of its document; tells nothing of the secret. */
  readonly id: string
  readonly hash: string
}

/** 256 random bits; only the hash is kept. */
export const createSecret = (kind: SecretKind): Secret => {
  const secret = prefixes[kind] + randomBytes(32).toString('base64url')
  return { secret, ...digest(secret) }
}

/** Undefined when it is none of that kind. */
export const parseSecret = (secret: string, kind: SecretKind): Secret | undefined => {
  const isOne = secret.startsWith(prefixes[kind]) && /^atoll_[a-z]_[\w-]{43}$/.test(secret)
  return isOne ? { secret, ...digest(secret) } : undefined
}

export const isSameHash = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

const digest = (secret: string): Pick<Secret, 'id' | 'hash'> => {
  const hash = createHash('sha256').update(secret).digest('hex')
  return { id: hash.slice(0, 32), hash }
}
