import type { Seals } from '../../control.ts'
import type { OidcRecord } from './records.ts'

/** What a browser carries from `startOidc` to `finishOidc`, whichever controls it comes to. */
export interface Flow {
  readonly state: string
  readonly nonce: string
  /** Of PKCE with the provider. */
  readonly pkce: string
  /** Of the program that waits. */
  readonly challenge: string
  readonly port?: number
  readonly programState?: string
  readonly expiresAtMs: number
}

const secretPlace = 'oidc/settings/secret'
const flowPlace = 'oidc/flow'

export const sealClientSecret = (seals: Pick<Seals, 'seal'>, secret: string): unknown =>
  seals.seal(Buffer.from(secret), secretPlace)

/** Undefined of a client that has none. */
export const openClientSecret = ({ open }: Pick<Seals, 'open'>, { sealedSecret }: OidcRecord): string | undefined =>
  sealedSecret === undefined ? undefined : Buffer.from(open(sealedSecret, secretPlace)).toString()

/** The same under the key that seals now. */
export const resealOidc = ({ reseal }: Pick<Seals, 'reseal'>, record: OidcRecord): OidcRecord =>
  record.sealedSecret === undefined ? record : { ...record, sealedSecret: reseal(record.sealedSecret, secretPlace) }

/** As the value of a cookie. */
export const sealFlow = (seals: Pick<Seals, 'seal'>, flow: Flow): string =>
  Buffer.from(JSON.stringify(seals.seal(Buffer.from(JSON.stringify(flow)), flowPlace))).toString('base64url')

/** Undefined when it is none of ours; what it holds is as it was sealed. */
export const openFlow = ({ open }: Pick<Seals, 'open'>, cookie: string): Flow | undefined => {
  try {
    const sealed: unknown = JSON.parse(Buffer.from(cookie, 'base64url').toString())
    return JSON.parse(Buffer.from(open(sealed, flowPlace)).toString()) as Flow
  } catch {
    return undefined
  }
}
