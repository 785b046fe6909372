import { appSecrets, backupSettings } from '@atoll/backup'
import type { AppSecret, BackupSettings } from '@atoll/backup'
import { collections as oidc } from '../auth/oidc/records.ts'
import type { OidcRecord } from '../auth/oidc/records.ts'
import { resealOidc } from '../auth/oidc/seals.ts'
import { collections as certificates } from '../certificates/records.ts'
import type { AcmeRecord, CertificateRecord } from '../certificates/records.ts'
import { resealAcme, resealCertificate } from '../certificates/seals.ts'
import { resealPlace } from '../backups/place-settings.ts'
import { resealTotp } from '../auth/totp.ts'
import type { PersonRecord } from '../auth/records.ts'
import { collections as people } from '../auth/records.ts'
import type { Seals } from '../control.ts'
import { collections as operations } from '../operations/records.ts'
import { resealAppSecret } from '../operations/kept-secrets.ts'
import { resealSecrets } from '../operations/sealed-secrets.ts'
import { collection as answered, resealAnswer } from '../serve/answer-once.ts'
import type { AnsweredRecord } from '../serve/answer-once.ts'
import type { SealedRecord } from '../operations/sealed-secrets.ts'

type Reseal = Pick<Seals, 'reseal'>

/** A kind of documents that hold sealed values. */
export interface SealedCollection {
  readonly collection: string
  /** Where they are sealed: a test finds a file of this room that seals and is named by nobody. */
  readonly file: string
  /** The document's value with all that is sealed in it under the key that seals now. Throws SealError. */
  readonly reseal: (seals: Reseal, id: string, value: unknown) => unknown
}

/** All of them: what is missing here cannot be opened any more once keys were exchanged. */
export const sealedCollections: readonly SealedCollection[] = [
  {
    collection: oidc.settings,
    file: 'auth/oidc/seals.ts',
    reseal: (seals, _id, value) => resealOidc(seals, value as OidcRecord),
  },
  {
    collection: people.person,
    file: 'auth/totp.ts',
    reseal: (seals, name, value) => {
      const person = value as PersonRecord
      return person.totp === undefined ? person : { ...person, totp: resealTotp(seals, name, person.totp) }
    },
  },
  {
    collection: operations.sealed,
    file: 'operations/sealed-secrets.ts',
    reseal: (seals, operation, value) => resealSecrets(seals, operation, value as SealedRecord),
  },
  {
    collection: appSecrets,
    file: 'operations/kept-secrets.ts',
    reseal: (seals, name, value) => resealAppSecret(seals, name, value as AppSecret),
  },
  {
    collection: backupSettings,
    file: 'backups/place-settings.ts',
    reseal: (seals, _id, value) => resealPlace(seals, value as BackupSettings),
  },
  {
    collection: certificates.acme,
    file: 'certificates/seals.ts',
    reseal: (seals, _id, value) => resealAcme(seals, value as AcmeRecord),
  },
  {
    collection: certificates.certificate,
    file: 'certificates/seals.ts',
    reseal: (seals, id, value) => resealCertificate(seals, id, value as CertificateRecord),
  },
  {
    collection: answered,
    file: 'serve/answer-once.ts',
    reseal: (seals, id, value) => resealAnswer(seals, id, value as AnsweredRecord),
  },
]
