import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { isGranted } from '../auth/grants.ts'
import { collections as oidc } from '../auth/oidc/records.ts'
import { getPerson, putPerson } from '../auth/people.ts'
import type { FoundPerson } from '../auth/people.ts'
import { collections } from '../auth/records.ts'
import type { PersonRecord } from '../auth/records.ts'
import { removeSessions } from '../auth/sessions.ts'
import { requireTeams } from '../auth/teams.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handler, Handlers } from './handler.ts'
import { byName, toPage } from './page.ts'

const describe = ({ id, value, revision }: FoundPerson): Reply<'changeRole'> => ({
  name: id,
  grants: value.grants,
  hasTotp: value.totp?.isConfirmed === true,
  hasPassword: value.password !== undefined,
  createdAtMs: value.createdAtMs,
  revision,
})

const list = (control: Control, signal: AbortSignal): Promise<readonly FoundPerson[]> =>
  control.documents.list<PersonRecord>(collections.person, {}, signal)

const listPeople: Handler<'listPeople'> = async (control, { query, signal }) => {
  const people = (await list(control, signal)).map(describe).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return toPage(
    people,
    query,
    byName(({ name }) => name),
  )
}

const removePerson: Handler<'removePerson'> = async (control, request) => {
  const { params, caller, address, signal, header } = request
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  requireRevision(found, header('if-match'))
  await requireOtherOwner(control, params.name, signal)
  await control.documents.remove(collections.person, params.name, signal)
  const { identity } = found.value
  if (identity !== undefined) await control.documents.remove(oidc.identity, identity, signal)
  const isObsolete = ({ person }: { readonly person: string }): boolean => person === params.name
  await removeSessions(control, { collection: 'session', isObsolete }, signal)
  await removeSessions(control, { collection: 'token', isObsolete }, signal)
  const before = { grants: found.value.grants }
  const entry = { by: caller.description, action: 'removePerson', subject: params.name, address, before }
  await appendAudit(control, entry, signal)
}

const changeRole: Handler<'changeRole'> = async (control, request) => {
  const { params, body, caller, address, signal, header } = request
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  requireRevision(found, header('if-match'))
  await requireTeams(control, body.grants, signal)
  if (!isGranted(body.grants, { role: 'owner' })) await requireOtherOwner(control, params.name, signal)
  const written = await putPerson(control, found, { value: { ...found.value, grants: body.grants }, signal })
  const change = { before: { grants: found.value.grants }, after: { grants: body.grants } }
  const entry = { by: caller.description, action: 'changeRole', subject: params.name, address, ...change }
  await appendAudit(control, entry, signal)
  return describe(written)
}

const requireOtherOwner = async (control: Control, name: string, signal: AbortSignal): Promise<void> => {
  const people = await list(control, signal)
  if (people.some(({ id, value }) => id !== name && isGranted(value.grants, { role: 'owner' }))) return
  throw new ControlError('last-owner', `${name} is the last owner of the cluster`, {
    status: 409,
    hint: 'make somebody else owner first',
  })
}

export const peopleHandlers: Handlers<'listPeople' | 'removePerson' | 'changeRole'> = {
  listPeople,
  removePerson,
  changeRole,
}
