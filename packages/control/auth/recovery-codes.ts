import { createHash, randomInt } from 'node:crypto'

/** Without those that are read as each other. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789'
const codes = 10
const groups = 4
const groupLength = 4

export interface RecoveryCodes {
  /** As people write them down: `k7fq-9mrx-w4dz-a2hp`. */
  readonly shown: readonly string[]
  /** SHA-256: with 79 random bits each there is nothing to guess. */
  readonly hashes: readonly string[]
}

export const createRecoveryCodes = (): RecoveryCodes => {
  const shown = Array.from({ length: codes }, createCode)
  return { shown, hashes: shown.map(hashOf) }
}

/** Those that are left after this one; undefined when it is none of them. Capitals, blanks and dashes do not matter. */
export const takeRecoveryCode = (hashes: readonly string[], code: string): readonly string[] | undefined => {
  const hash = hashOf(code)
  return hashes.includes(hash) ? hashes.filter((other) => other !== hash) : undefined
}

const createCode = (): string =>
  Array.from({ length: groups }, () =>
    Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
  ).join('-')

const hashOf = (code: string): string =>
  createHash('sha256')
    .update(code.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
    .digest('hex')
