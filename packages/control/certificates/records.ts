import type { Attempt, Attempts, CertificateFacts } from '@atoll/certificates'

/** Collection names of what is kept of certificates. The last two have one document each, of this id. */
export const collections = { certificate: 'certificate', acme: 'acme', watch: 'certificate-watch' } as const
export const onlyId = 'cluster'

/** Document `certificate`, its id the beginning of its fingerprint: written once. */
export interface CertificateRecord extends CertificateFacts {
  readonly kind: 'issued' | 'own'
  readonly chainPem: string
  /** Opens at its place alone. */
  readonly sealedKey: unknown
  readonly addedAtMs: number
  readonly by: string
}

/** Document `acme`: the authority, changed by owners alone. */
export interface AcmeRecord {
  readonly directory: string
  readonly mail: string
  readonly rootPem?: string
  readonly binding?: { readonly keyId: string; readonly sealedHmacKey: unknown }
  readonly dns?: {
    readonly provider: string
    readonly resolvers: readonly string[]
    readonly isForAll: boolean
    readonly isUnchecked: boolean
    readonly variables: readonly string[]
    readonly sealedVariables: unknown
  }
  /** Of the account, and the same for every authority, so that what nodes answer does not change with it. */
  readonly sealedKey: unknown
  readonly thumbprint: string
}

/** Document `certificate-watch`: what came of asking, written by the leader's control. */
export interface WatchRecord {
  readonly attempts: Attempts
  /** Nothing can be had at present, whatever the host. */
  readonly trouble?: Attempt
  /** What is kept of an account since it was registered; of other settings it is of no use. */
  readonly registration?: { readonly of: string; readonly text: string }
}

/** Whose registration it is. */
export const accountName = ({ directory, mail, thumbprint }: AcmeRecord): string => `${directory} ${mail} ${thumbprint}`
