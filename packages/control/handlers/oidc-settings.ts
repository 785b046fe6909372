import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { openProvider } from '../auth/oidc/provider.ts'
import { collections, settingsId } from '../auth/oidc/records.ts'
import type { OidcRecord } from '../auth/oidc/records.ts'
import { openClientSecret, sealClientSecret } from '../auth/oidc/seals.ts'
import { findSettings, getSettings, requireCertificates, requireSafeSettings } from '../auth/oidc/settings.ts'
import { removeSessions } from '../auth/sessions.ts'
import { requireTeams } from '../auth/teams.ts'
import type { Control } from '../control.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handler, Handlers } from './handler.ts'

type Held = Reply<'getOidcSettings'>

const describe = (record: OidcRecord): Omit<Held, 'revision'> => {
  const { sealedSecret, ...rest } = record
  return { ...rest, hasClientSecret: sealedSecret !== undefined }
}

const getOidc: Handler<'getOidc'> = async (control, { signal }) => {
  const { issuer, url } = (await getSettings(control, signal)).value
  return { issuer, url: new URL(url).origin }
}

const getOidcSettings: Handler<'getOidcSettings'> = async (control, { signal }) => {
  const { value, revision } = await getSettings(control, signal)
  return { ...describe(value), revision }
}

const changeOidc: Handler<'changeOidc'> = async (control, { body, caller, address, signal, header }) => {
  requireSession(caller)
  const found = await findSettings(control, signal)
  const revision = found?.revision ?? 0
  requireRevision({ id: 'the settings of OpenID Connect', revision }, header('if-match'))
  const { clientSecret, ...settings } = body
  const sealedSecret =
    clientSecret === undefined ? found?.value.sealedSecret : sealClientSecret(control.seals, clientSecret)
  const value: OidcRecord = { ...settings, ...(sealedSecret === undefined ? {} : { sealedSecret }) }
  requireSafeSettings(value)
  requireCertificates(value)
  const mapped = value.mappings.map(({ grant }) => grant)
  await requireTeams(control, mapped, signal)
  await openProvider(value, openClientSecret(control.seals, value))
  const written = await control.documents.put(collections.settings, settingsId, { expected: revision, value }, signal)
  await endSessions(control, signal)
  const before = found === undefined ? undefined : describe(found.value)
  const change = { ...(before === undefined ? {} : { before }), after: describe(value) }
  const entry = { by: caller.description, action: 'changeOidc', subject: value.issuer, address, ...change }
  await appendAudit(control, entry, signal)
  return { ...describe(value), revision: written.revision }
}

/** What the settings before gave must not outlast them. */
const endSessions = async (control: Control, signal: AbortSignal): Promise<void> => {
  await removeSessions(control, { collection: 'session', isObsolete: ({ grants }) => grants !== undefined }, signal)
  const codes = await control.documents.list(collections.code, {}, signal)
  for (const { id } of codes) await control.documents.remove(collections.code, id, signal)
}

const removeOidc: Handler<'removeOidc'> = async (control, { caller, address, signal }) => {
  requireSession(caller)
  const { value } = await getSettings(control, signal)
  await control.documents.remove(collections.settings, settingsId, signal)
  await endSessions(control, signal)
  const entry = { by: caller.description, action: 'removeOidc', subject: value.issuer, address }
  await appendAudit(control, { ...entry, before: describe(value) }, signal)
}

export const oidcSettingsHandlers: Handlers<'getOidc' | 'getOidcSettings' | 'changeOidc' | 'removeOidc'> = {
  getOidc,
  getOidcSettings,
  changeOidc,
  removeOidc,
}
