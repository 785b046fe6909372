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
