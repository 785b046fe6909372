import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { createSecret } from '../auth/secrets.ts'
import type { Control } from '../control.ts'
import { notFound } from '../errors.ts'
import { isOver } from '../joins/open-invitation.ts'
import { collection } from '../joins/records.ts'
import type { ServerInvitationRecord } from '../joins/records.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers } from './handler.ts'
import { toPage } from './page.ts'

const inviteServer: Handler<'inviteServer'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const { expiresInS, ...wanted } = body
  await forgetOld(control, signal)
  const { secret, id, hash } = createSecret('join')
  const createdAtMs = control.clock.now()
  const lifeMs = expiresInS === undefined ? limits.joins.inviteMs : expiresInS * 1000
  const value = { hash, by: caller.name, ...wanted, createdAtMs, expiresAtMs: createdAtMs + lifeMs }
  await control.documents.put<ServerInvitationRecord>(collection, id, { expected: 0, value }, signal)
  const after = describe(id, value)
  await appendAudit(control, { by: caller.description, action: 'inviteServer', subject: id, address, after }, signal)
  return { id, token: secret, expiresAtMs: value.expiresAtMs }
}

type Told = Reply<'listServerInvitations'>['items'][number]

/** Without what it is taken with. */
const describe = (id: string, record: ServerInvitationRecord): Told => {
  const { hash: _, carried: __, taken, end, ...rest } = record
  return {
    id,
    ...rest,
    ...(taken === undefined ? {} : { taken: { address: taken.address, atMs: taken.atMs } }),
    ...(end === undefined ? {} : { end: end.kind }),
  }
}

const list = (control: Control, signal: AbortSignal) =>
  control.documents.list<ServerInvitationRecord>(collection, {}, signal)

/** What nobody can do anything with any more; and the oldest where there are too many. */
const forgetOld = async (control: Control, signal: AbortSignal): Promise<void> => {
  const newest = (await list(control, signal)).toSorted((a, b) => b.value.createdAtMs - a.value.createdAtMs)
  for (const [at, { id, value }] of newest.entries()) {
    const isOld = isOver(value, control.clock.now()) || at >= limits.joins.kept
    if (isOld) await control.documents.remove(collection, id, signal)
  }
}

const listServerInvitations: Handler<'listServerInvitations'> = async (control, { query, signal }) => {
  const known = (await list(control, signal))
    .filter(({ value }) => !isOver(value, control.clock.now()))
    .map(({ id, value }) => describe(id, value))
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1))
  const at = (id: string): number => known.findIndex((each) => each.id === id)
  return toPage(known, query, { keyOf: ({ id }) => id, isAfter: ({ id }, key) => at(id) > at(key) })
}

const removeServerInvitation: Handler<'removeServerInvitation'> = async (control, request) => {
  const { params, caller, address, signal } = request
  requireSession(caller)
  const { invitation: subject } = params
  const found = await control.documents.find<ServerInvitationRecord>(collection, subject, signal)
  if (found === undefined || isOver(found.value, control.clock.now())) {
    throw notFound(`there is no invitation ${subject} of a server; it was taken back, or is too old`)
  }
  await control.documents.remove(collection, subject, signal)
  const before = describe(subject, found.value)
  const entry = { by: caller.description, action: 'removeServerInvitation', subject, address, before }
  await appendAudit(control, entry, signal)
}

export const serverInvitationHandlers: Handlers<'inviteServer' | 'listServerInvitations' | 'removeServerInvitation'> = {
  inviteServer,
  listServerInvitations,
  removeServerInvitation,
}
