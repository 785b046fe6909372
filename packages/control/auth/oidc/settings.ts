import { X509Certificate } from 'node:crypto'
import type { Document } from '@atoll/store'
import type { World } from '../../control.ts'
import { ControlError, notFound } from '../../errors.ts'
import { isSafe } from './provider.ts'
import { collections, settingsId } from './records.ts'
import type { OidcRecord } from './records.ts'

export const findSettings = (
  { documents }: Pick<World, 'documents'>,
  signal: AbortSignal,
): Promise<Document<OidcRecord> | undefined> => documents.find<OidcRecord>(collections.settings, settingsId, signal)

/** ControlError `not-found` where nobody has set any. */
export const getSettings = async (
  world: Pick<World, 'documents'>,
  signal: AbortSignal,
): Promise<Document<OidcRecord>> => {
  const found = await findSettings(world, signal)
  if (found === undefined) throw notFound('this cluster has no OpenID Connect provider; an owner sets one')
  return found
}

/** ControlError `oidc-address`: secrets would go over it in the clear. */
export const requireSafeSettings = ({ issuer, url, allowsLoopback }: OidcRecord): void => {
  const unsafe = [issuer, url].find((address) => !isSafe(address, allowsLoopback === true))
  if (unsafe === undefined) return
  throw new ControlError('oidc-address', `${unsafe} is not HTTPS`, { status: 422, hint: 'write it as https://' })
}

/** ControlError `oidc-authority`: it would trust nobody, and say no more than that. */
export const requireCertificates = ({ authorityPem }: Pick<OidcRecord, 'authorityPem'>): void => {
  if (authorityPem === undefined) return
  const blocks = authorityPem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (blocks.length > 0 && blocks.every(isCertificate)) return
  throw new ControlError('oidc-authority', 'the authority of the provider is no certificate in PEM', {
    status: 422,
    hint: 'it begins with -----BEGIN CERTIFICATE-----; several may stand one after the other',
  })
}

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}
