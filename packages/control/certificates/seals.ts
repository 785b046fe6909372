import type { Seals } from '../control.ts'
import type { AcmeRecord, CertificateRecord } from './records.ts'

const places = { account: 'acme/cluster/key', binding: 'acme/cluster/binding', dns: 'acme/cluster/dns' } as const
const placeOfKey = (id: string): string => `certificate/${id}/key`

const sealText = (seals: Pick<Seals, 'seal'>, text: string, place: string): unknown =>
  seals.seal(Buffer.from(text), place)

const openText = ({ open }: Pick<Seals, 'open'>, sealed: unknown, place: string): string =>
  Buffer.from(open(sealed, place)).toString()

export const sealKey = (seals: Pick<Seals, 'seal'>, id: string, keyPem: string): unknown =>
  sealText(seals, keyPem, placeOfKey(id))

export const openKey = (seals: Pick<Seals, 'open'>, id: string, record: Pick<CertificateRecord, 'sealedKey'>): string =>
  openText(seals, record.sealedKey, placeOfKey(id))

/** What of the settings nobody is told. */
export interface AcmeSecrets {
  readonly accountKeyPem: string
  readonly hmacKey?: string
  readonly variables?: Readonly<Record<string, string>>
}

type SealedParts = Pick<AcmeRecord, 'sealedKey'> & {
  readonly sealedHmacKey?: unknown
  readonly sealedVariables?: unknown
}

export const sealAcme = (
  seals: Pick<Seals, 'seal'>,
  { accountKeyPem, hmacKey, variables }: AcmeSecrets,
): SealedParts => ({
  sealedKey: sealText(seals, accountKeyPem, places.account),
  ...(hmacKey === undefined ? {} : { sealedHmacKey: sealText(seals, hmacKey, places.binding) }),
  ...(variables === undefined ? {} : { sealedVariables: sealText(seals, JSON.stringify(variables), places.dns) }),
})

export const openAcme = (seals: Pick<Seals, 'open'>, { sealedKey, binding, dns }: AcmeRecord): AcmeSecrets => ({
  accountKeyPem: openText(seals, sealedKey, places.account),
  ...(binding === undefined ? {} : { hmacKey: openText(seals, binding.sealedHmacKey, places.binding) }),
  // It is as it was sealed.
  ...(dns === undefined
    ? {}
    : { variables: JSON.parse(openText(seals, dns.sealedVariables, places.dns)) as Readonly<Record<string, string>> }),
})

/** The same under the key that seals now. */
export const resealCertificate = (
  { reseal }: Pick<Seals, 'reseal'>,
  id: string,
  record: CertificateRecord,
): CertificateRecord => ({ ...record, sealedKey: reseal(record.sealedKey, placeOfKey(id)) })

export const resealAcme = ({ reseal }: Pick<Seals, 'reseal'>, record: AcmeRecord): AcmeRecord => {
  const { sealedKey, binding, dns } = record
  return {
    ...record,
    sealedKey: reseal(sealedKey, places.account),
    ...(binding === undefined
      ? {}
      : { binding: { ...binding, sealedHmacKey: reseal(binding.sealedHmacKey, places.binding) } }),
    ...(dns === undefined ? {} : { dns: { ...dns, sealedVariables: reseal(dns.sealedVariables, places.dns) } }),
  }
}
