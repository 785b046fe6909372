import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { SealError } from '../errors.ts'
import { KEY_BYTES } from './keyring.ts'
import type { SealKey } from './keyring.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A document cannot hold more; a value of a secret is far below. */
const MAX_PLAIN_BYTES = 1024 * 1024

/** A value of a secret as it may stand in a document: plain JSON, readable only with the key it names. */
export interface Sealed {
  readonly sealed: 1
  /** Id of the key. */
  readonly key: string
  /** base64, 12 bytes. */
  readonly nonce: string
  /** base64: what was sealed, then the tag of 16 bytes. */
  readonly data: string
}

/** Every method throws SealError; no message of it holds a value or a key. `context` says where the value belongs. */
export interface Seals {
  /** How many keys open. */
  readonly keys: number
  /** With the newest key. SealError `too-large`. */
  seal(plain: Uint8Array, context: string): Sealed
  /** `sealed` may come from anywhere. SealError `malformed`, `missing-key`, or `tampered`. */
  open(sealed: unknown, context: string): Uint8Array
  /** The same value under the newest key; what is under it already is given back as it is. Throws as open does. */
  reseal(sealed: unknown, context: string): Sealed
}

const shape = z.strictObject({ sealed: z.literal(1), key: z.string(), nonce: z.string(), data: z.string() })

/** `keys`: the newest first; it seals, all of them open. SealError `bad-keyring` when there is none or one is no key. */
export const openSeals = ({ keys }: { readonly keys: readonly SealKey[] }): Seals => {
  const [newest] = keys
  if (newest === undefined || keys.some(({ key }) => key.length !== KEY_BYTES)) {
    throw new SealError('bad-keyring', `open seals: ${keys.length} keys, or one that is not of ${KEY_BYTES} bytes`)
  }
  const byId = new Map(keys.map((key) => [key.id, key]))
  const open = (sealed: unknown, context: string): Uint8Array => {
    const parsed = parseSealed(sealed, context)
    const key = byId.get(parsed.key)
    if (key === undefined) throw missingKeyError(parsed.key, context)
    return decrypt(parsed, key, context)
  }
  return {
    keys: byId.size,
    seal: (plain, context) => encrypt(plain, newest, context),
    open,
    reseal: (sealed, context) => {
      const plain = open(sealed, context)
      const parsed = parseSealed(sealed, context)
      return parsed.key === newest.id ? parsed : encrypt(plain, newest, context)
    },
  }
}

/** Whether a value of a document is a sealed one. It may still be of a key that is not there. */
export const isSealed = (value: unknown): value is Sealed => shape.safeParse(value).success

const encrypt = (plain: Uint8Array, { id, key }: SealKey, context: string): Sealed => {
  if (plain.length > MAX_PLAIN_BYTES) {
    throw new SealError('too-large', `seal ${context}: ${plain.length} bytes; ${MAX_PLAIN_BYTES} are the limit`)
  }
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(renderBond(id, context))
  const data = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return { sealed: 1, key: id, nonce: nonce.toString('base64'), data: data.toString('base64') }
}

const decrypt = (sealed: Sealed, { id, key }: SealKey, context: string): Uint8Array => {
  const nonce = parseBase64(sealed.nonce, context)
  const data = parseBase64(sealed.data, context)
  if (nonce.length !== NONCE_BYTES || data.length < TAG_BYTES) throw malformedError(context)
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(renderBond(id, context)).setAuthTag(data.subarray(-TAG_BYTES))
  try {
    return new Uint8Array(Buffer.concat([decipher.update(data.subarray(0, -TAG_BYTES)), decipher.final()]))
  } catch (cause) {
    const message = `open ${context} with key ${id}: it was changed, or sealed for another place; set its value anew`
    throw new SealError('tampered', message, { cause })
  }
}

/** What a value is bound to: it opens nowhere else. */
const renderBond = (keyId: string, context: string): Buffer =>
  Buffer.from(JSON.stringify(['atoll sealed', 1, keyId, context]))

const parseSealed = (sealed: unknown, context: string): Sealed => {
  const parsed = shape.safeParse(sealed)
  if (!parsed.success) throw malformedError(context)
  return parsed.data
}

/** Strict: two texts that decode to the same bytes would be a change that nobody sees. */
const parseBase64 = (text: string, context: string): Buffer => {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw malformedError(context)
  return bytes
}

const malformedError = (context: string): SealError =>
  new SealError('malformed', `open ${context}: this is no sealed value; set its value anew`)

const missingKeyError = (keyId: string, context: string): SealError => {
  const name = JSON.stringify(keyId.slice(0, 64))
  return new SealError(
    'missing-key',
    `open ${context}: key ${name} is not in the keyring; bring it back or set the value anew`,
  )
}
