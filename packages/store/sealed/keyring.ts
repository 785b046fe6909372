import { createHash } from 'node:crypto'
import { z } from 'zod'
import { SealError } from '../errors.ts'

/** Of AES-256. */
export const KEY_BYTES = 32
/** A rotation a month for more than a year; the oldest goes when everything was sealed anew long ago. */
const MAX_KEYS = 16
/** Swarm's limit for a secret is above; nothing we render comes near. */
const MAX_CHARACTERS = 16 * 1024

export interface SealKey {
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** The newest first. */
export type Keyring = readonly SealKey[]

const shape = z.strictObject({
  format: z.literal(1),
  keys: z
    .array(z.strictObject({ id: z.string(), key: z.base64() }))
    .min(1)
    .max(MAX_KEYS),
})

/** SealError `bad-keyring`, whose message and cause hold nothing of the text. */
export const parseKeyring = (text: string): Keyring => {
  const parsed = shape.safeParse(parseJson(text))
  if (!parsed.success) throw badKeyring('it is no keyring of Atoll')
  const keys = parsed.data.keys.map(({ id, key }) => ({ id, key: new Uint8Array(Buffer.from(key, 'base64')) }))
  if (keys.some(({ id, key }) => key.length !== KEY_BYTES || id !== renderId(key))) throw badKeyring('a key is damaged')
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw badKeyring('it holds a key twice')
  return keys
}

/** Text for the Swarm secret that holds the keys. */
export const renderKeyring = (keyring: Keyring): string =>
  JSON.stringify({
    format: 1,
    keys: keyring.map(({ id, key }) => ({ id, key: Buffer.from(key).toString('base64') })),
  })

/**
 * A keyring with one more key, which seals from now on. `random` gives so many bytes (`randomBytes` of node:crypto).
 * SealError `bad-keyring` when there are as many as may be: seal everything anew and take the oldest away first.
 */
export const addKey = (keyring: Keyring, random: (bytes: number) => Uint8Array): Keyring => {
  if (keyring.length >= MAX_KEYS) throw badKeyring(`${MAX_KEYS} keys are the limit; take away the oldest`)
  const key = new Uint8Array(random(KEY_BYTES))
  if (key.length !== KEY_BYTES) throw new Error(`bug: ${key.length} bytes of chance instead of ${KEY_BYTES}`)
  return [{ id: renderId(key), key }, ...keyring]
}

/** The keys of both, those of the first in front: the first of all seals. A key that is in both is there once. */
export const mergeKeyrings = (first: Keyring, beside: Keyring): Keyring => {
  const known = new Set(first.map(({ id }) => id))
  return [...first, ...beside.filter(({ id }) => !known.has(id))]
}

/** Follows from the key, so that a damaged one is found out; says nothing about it. */
const renderId = (key: Uint8Array): string =>
  createHash('sha256').update('atoll key id').update(key).digest('hex').slice(0, 16)

const parseJson = (text: string): unknown => {
  if (text.length > MAX_CHARACTERS) return undefined
  try {
    return JSON.parse(text)
  } catch {
    // Its message would quote the text.
    return undefined
  }
}

const badKeyring = (what: string): SealError => new SealError('bad-keyring', `read the keyring: ${what}`)
