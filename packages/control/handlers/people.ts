import type { Reply } from '@atoll/api'
import type { Document } from '@atoll/store'
import { appendAudit, listAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { isGranted } from '../auth/grants.ts'
import { createInvitation } from '../auth/invitations.ts'
import { collections } from '../auth/records.ts'
import type { PersonRecord } from '../auth/records.ts'
import { removeSessions } from '../auth/sessions.ts'
import type { Control } from '../control.ts'
import { ControlError, notFound } from '../errors.ts'
import { limits } from '../limits.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handler, Handlers } from './handler.ts'
import { byName, byNumber, toPage } from './page.ts'

type Found = Document<PersonRecord>

const describe = ({ id, value, revision }: Found): Reply<'changeRole'> => ({
  name: id,
  grants: value.grants,
  hasTotp: value.totp?.isConfirmed === true,
  createdAtMs: value.createdAtMs,
  revision,
})

const list = (control: Control, signal: AbortSignal): Promise<readonly Found[]> =>
  control.documents.list<PersonRecord>(collections.person, {}, signal)

const listPeople: Handler<'listPeople'> = async (control, { query, signal }) => {
  const people = (await list(control, signal)).map(describe).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return toPage(
    people,
    query,
    byName(({ name }) => name),
  )
}

const invitePerson: Handler<'invitePerson'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const { role, app, expiresInS } = body
  const ttlMs = expiresInS === undefined ? limits.invitationMs : expiresInS * 1000
  const request = { role, ...(app === undefined ? {} : { app }), nowMs: control.clock.now(), ttlMs }
  const { token, document } = createInvitation(request)
  const { collection, id, value } = document
  await control.documents.put(collection, id, { expected: 0, value }, signal)
  const after = { grants: value.grants, expiresAtMs: value.expiresAtMs }
  const entry = { by: caller.description, action: 'invitePerson', subject: id, address, after }
  await appendAudit(control, entry, signal)
  return { token, expiresAtMs: value.expiresAtMs }
}

const removePerson: Handler<'removePerson'> = async (control, request) => {
  const { params, caller, address, signal, header } = request
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  requireRevision(found, header('if-match'))
  await requireOtherOwner(control, params.name, signal)
  await control.documents.remove(collections.person, params.name, signal)
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
  if (!isGranted(body.grants, { role: 'owner' })) await requireOtherOwner(control, params.name, signal)
  const value = { ...found.value, grants: body.grants }
  const written = await control.documents.put(
    collections.person,
    params.name,
    { expected: found.revision, value },
    signal,
  )
  const change = { before: { grants: found.value.grants }, after: { grants: body.grants } }
  const entry = { by: caller.description, action: 'changeRole', subject: params.name, address, ...change }
  await appendAudit(control, entry, signal)
  return describe(written)
}

const getPerson = async (control: Control, name: string, signal: AbortSignal): Promise<Found> => {
  const found = await control.documents.find<PersonRecord>(collections.person, name, signal)
  if (found === undefined) throw notFound(`there is no person ${name}`)
  return found
}

const requireOtherOwner = async (control: Control, name: string, signal: AbortSignal): Promise<void> => {
  const people = await list(control, signal)
  if (people.some(({ id, value }) => id !== name && isGranted(value.grants, { role: 'owner' }))) return
  throw new ControlError('last-owner', `${name} is the last owner of the cluster`, {
    status: 409,
    hint: 'make somebody else owner first',
  })
}

const listEntries: Handler<'listAudit'> = async (control, { query, signal }) =>
  toPage(
    await listAudit(control, signal),
    query,
    byNumber(({ sequence }) => sequence),
  )

export const peopleHandlers: Handlers<'listPeople' | 'invitePerson' | 'removePerson' | 'changeRole' | 'listAudit'> = {
  listPeople,
  invitePerson,
  removePerson,
  changeRole,
  listAudit: listEntries,
}
