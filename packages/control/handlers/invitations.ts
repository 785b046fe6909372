import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { toGrant } from '../auth/grants.ts'
import { createInvitation } from '../auth/invitations.ts'
import { collections } from '../auth/records.ts'
import type { InvitationRecord } from '../auth/records.ts'
import { requireTeams } from '../auth/teams.ts'
import type { Control } from '../control.ts'
import { notFound } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers } from './handler.ts'
import { toPage } from './page.ts'

const invitePerson: Handler<'invitePerson'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const { email, expiresInS } = body
  const grant = toGrant(body)
  await requireTeams(control, [grant], signal)
  await forgetOld(control, signal)
  const { token, document } = createInvitation({
    ...grant,
    by: caller.name,
    ...(email === undefined ? {} : { email: email.toLowerCase() }),
    nowMs: control.clock.now(),
    ttlMs: expiresInS === undefined ? limits.invitationMs : expiresInS * 1000,
  })
  const { collection, id, value } = document
  await control.documents.put(collection, id, { expected: 0, value }, signal)
  const entry = { by: caller.description, action: 'invitePerson', subject: id, address, after: describe(value) }
  await appendAudit(control, entry, signal)
  return { token, expiresAtMs: value.expiresAtMs }
}

/** Without what it is taken with. */
const describe = (record: InvitationRecord): Omit<InvitationRecord, 'hash'> => {
  const { hash: _, ...rest } = record
  return rest
}

const list = (control: Control, signal: AbortSignal) =>
  control.documents.list<InvitationRecord>(collections.invitation, {}, signal)

/** Nobody took them, and nobody can any more. */
const forgetOld = async (control: Control, signal: AbortSignal): Promise<void> => {
  const old = (await list(control, signal)).filter(({ value }) => value.expiresAtMs <= control.clock.now())
  for (const { id } of old) await control.documents.remove(collections.invitation, id, signal)
}

const listInvitations: Handler<'listInvitations'> = async (control, { query, signal }) => {
  const open = (await list(control, signal))
    .filter(({ value }) => value.expiresAtMs > control.clock.now())
    .map(({ id, value }) => ({ id, ...describe(value) }))
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
  const at = (id: string): number => open.findIndex((each) => each.id === id)
  return toPage(open, query, { keyOf: ({ id }) => id, isAfter: ({ id }, key) => at(id) > at(key) })
}

const removeInvitation: Handler<'removeInvitation'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const found = await control.documents.find<InvitationRecord>(collections.invitation, params.invitation, signal)
  if (found === undefined || found.value.expiresAtMs <= control.clock.now()) {
    throw notFound(`there is no invitation ${params.invitation}; it was taken, taken back, or is too old`)
  }
  await control.documents.remove(collections.invitation, params.invitation, signal)
  const before = describe(found.value)
  const entry = { by: caller.description, action: 'removeInvitation', subject: params.invitation, address, before }
  await appendAudit(control, entry, signal)
}

export const invitationHandlers: Handlers<'invitePerson' | 'listInvitations' | 'removeInvitation'> = {
  invitePerson,
  listInvitations,
  removeInvitation,
}
