import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { PasswordRecord } from './records.ts'

/** RFC 7914; N = 2^15, r = 8 takes 32 MiB. */
const parameters = { cost: 2 ** 15, blockSize: 8, parallelization: 1 } as const
const hashBytes = 32

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

export const hashPassword = async (password: string): Promise<PasswordRecord> => {
  const salt = randomBytes(16)
  const hash = await inTurn(() => run(password, salt, parameters))
  return {
    kind: 'scrypt',
    ...parameters,
    saltBase64: salt.toString('base64'),
    hashBase64: hash.toString('base64'),
  }
}

/** Takes as long for a person who is not there, so that nobody learns who is. */
export const verifyPassword = async (password: string, record: PasswordRecord | undefined): Promise<boolean> => {
  const { saltBase64, hashBase64, cost, blockSize, parallelization } = record ?? nobody
  const salt = Buffer.from(saltBase64, 'base64')
  const hash = await inTurn(() => run(password, salt, { cost, blockSize, parallelization }))
  return timingSafeEqual(hash, Buffer.from(hashBase64, 'base64')) && record !== undefined
}

const nobody: PasswordRecord = {
  kind: 'scrypt',
  ...parameters,
  saltBase64: Buffer.alloc(16).toString('base64'),
  hashBase64: Buffer.alloc(hashBytes).toString('base64'),
}

const run = (
  password: string,
  salt: Uint8Array,
  options: Pick<PasswordRecord, 'cost' | 'blockSize' | 'parallelization'>,
): Promise<Buffer> =>
  derive(password.normalize('NFKC'), salt, hashBytes, {
    ...options,
    maxmem: 2 * 128 * options.cost * options.blockSize,
  })

let running = 0
const waiting: (() => void)[] = []

/** A crowd at the door must not take the memory of the deployments. ControlError `too-busy` when the line is full. */
const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
  if (running >= limits.passwordsAtOnce) {
    if (waiting.length >= limits.passwordsWaiting) {
      throw new ControlError('too-busy', 'too many sign in at once', { status: 503, retry: true, retryAfterS: 5 })
    }
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running += 1
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next()
  }
}
