import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { BackupError } from './errors.ts'

/** What opens a file: an age identity, or the passphrase it was made with. */
export type Unlock =
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'passphrase'; readonly passphrase: string }

/** Whom a file is for: public keys, or a passphrase alone. */
export type Lock =
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] }
  | { readonly kind: 'passphrase'; readonly passphrase: string }

export interface KeyPair {
  /** `AGE-SECRET-KEY-1...`: opens what is made for the recipient. */
  readonly identity: string
  /** `age1...`: may be known to anybody. */
  readonly recipient: string
}

export const createKeyPair = async (): Promise<KeyPair> => {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** Of a file as `age-keygen` writes it, with comments, or of the line alone. BackupError `bad-key`. */
export const parseIdentity = (text: string, name: string): string => {
  const found = text.split('\n').map((line) => line.trim())
  const identities = found.filter((line) => line !== '' && !line.startsWith('#'))
  const [identity] = identities
  if (identities.length === 1 && identity !== undefined && /^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+$/.test(identity)) {
    return identity
  }
  throw new BackupError('bad-key', `read ${name}: it holds no age identity, or several`, {
    hint: 'give the file that "atoll backup key" or age-keygen wrote',
  })
}

/** BackupError `bad-key`. */
export const requireRecipient = (recipient: string): void => {
  try {
    new Encrypter().addRecipient(recipient)
  } catch (cause) {
    throw new BackupError('bad-key', `"${recipient.slice(0, 100)}" is no recipient of age`, {
      hint: '"atoll backup key" makes one: it begins with age1',
      cause,
    })
  }
}

export const encrypt = async (plain: ReadableStream<Uint8Array>, lock: Lock): Promise<ReadableStream<Uint8Array>> => {
  const encrypter = new Encrypter()
  if (lock.kind === 'passphrase') encrypter.setPassphrase(lock.passphrase)
  else {
    for (const recipient of lock.recipients) {
      requireRecipient(recipient)
      encrypter.addRecipient(recipient)
    }
  }
  return encrypter.encrypt(plain)
}

/** BackupError `wrong-key`, or `not-a-backup`; what was changed further on fails while it is read. */
export const decrypt = async (
  sealed: ReadableStream<Uint8Array>,
  { unlock, name }: { readonly unlock: Unlock; readonly name: string },
): Promise<ReadableStream<Uint8Array>> => {
  const decrypter = new Decrypter()
  if (unlock.kind === 'passphrase') decrypter.addPassphrase(unlock.passphrase)
  else decrypter.addIdentity(unlock.identity)
  try {
    return await decrypter.decrypt(sealed)
  } catch (cause) {
    throw explain(cause, name)
  }
}

const explain = (cause: unknown, name: string): unknown => {
  if (cause instanceof BackupError) return cause
  const said = cause instanceof Error ? cause.message : ''
  if (/no identity matched/.test(said)) {
    return new BackupError('wrong-key', `open ${name}: it was not made for this identity, or with this passphrase`, {
      hint: 'give the identity of the recipient it was made for: --identity FILE',
      cause,
    })
  }
  if (/HMAC/i.test(said)) return new BackupError('damaged', `open ${name}: its beginning was changed`, { cause })
  return new BackupError('not-a-backup', `open ${name}: it is no file of age`, { cause })
}

/** The same content for somebody else. Throws as decrypt and encrypt do. */
export async function* relock(
  chunks: AsyncIterable<Uint8Array>,
  { unlock, lock, name }: { readonly unlock: Unlock; readonly lock: Lock; readonly name: string },
): AsyncGenerator<Uint8Array, void> {
  const plain = await decrypt(ReadableStream.from(chunks), { unlock, name })
  yield* (await encrypt(plain, lock)) as AsyncIterable<Uint8Array>
}
