import type { Chain, HeldCertificate } from '@atoll/certificates'
import { ConflictError } from '@atoll/store'
import type { Document, Documents } from '@atoll/store'
import type { World } from '../control.ts'
import { notFound } from '../errors.ts'
import { collections } from './records.ts'
import type { CertificateRecord } from './records.ts'
import { sealKey } from './seals.ts'

/** One that is kept, with its document's id. */
export type Held = CertificateRecord & HeldCertificate

const toHeld = ({ id, value }: Document<CertificateRecord>): Held => ({ ...value, id })

/** All there are; of the copy where `documents` is that. */
export const listHeld = async (
  { documents }: { readonly documents: Pick<Documents, 'list'> },
  signal: AbortSignal,
): Promise<readonly Held[]> =>
  (await documents.list<CertificateRecord>(collections.certificate, {}, signal)).map(toHeld)

/** ControlError `not-found`. */
export const getHeld = async (
  { documents }: Pick<World, 'documents'>,
  id: string,
  signal: AbortSignal,
): Promise<Held> => {
  const found = await documents.find<CertificateRecord>(collections.certificate, id, signal)
  if (found === undefined) throw notFound(`no certificate ${id}; "atoll cert ls" lists them`)
  return toHeld(found)
}

const idCharacters = 16

interface Keeping {
  readonly chain: Chain
  readonly kind: CertificateRecord['kind']
  readonly by: string
}

/** Keeps a certificate with its key sealed. One that is kept already stays as it is. */
export const keep = async (
  { documents, seals, clock }: Pick<World, 'documents' | 'seals' | 'clock'>,
  { chain: { facts, chainPem, keyPem }, kind, by }: Keeping,
  signal: AbortSignal,
): Promise<Held> => {
  const id = facts.fingerprint.slice(0, idCharacters)
  const sealedKey = sealKey(seals, id, keyPem)
  const value: CertificateRecord = { ...facts, kind, chainPem, sealedKey, addedAtMs: clock.now(), by }
  try {
    return toHeld(await documents.put(collections.certificate, id, { expected: 0, value }, signal))
  } catch (error) {
    const known = await documents.find<CertificateRecord>(collections.certificate, id, signal)
    if (error instanceof ConflictError && known !== undefined) return toHeld(known)
    throw error
  }
}

/** Without its key and what is sealed of it. */
export const describeHeld = (held: Held): Omit<Held, 'sealedKey' | 'chainPem'> => {
  const { sealedKey: _, chainPem: _chain, ...told } = held
  return told
}
