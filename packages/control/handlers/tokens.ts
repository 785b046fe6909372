import type { Reply } from '@atoll/api'
import { appendAudit } from '../audit/audit.ts'
import { mayDo, requireRole, requireSession } from '../auth/authenticate.ts'
import type { Caller } from '../auth/authenticate.ts'
import { toGrant } from '../auth/grants.ts'
import { getPerson } from '../auth/people.ts'
import type { FoundPerson } from '../auth/people.ts'
import { collections } from '../auth/records.ts'
import type { Grant, TokenRecord } from '../auth/records.ts'
import { createSecret } from '../auth/secrets.ts'
import { requireTeams } from '../auth/teams.ts'
import { ControlError, notFound } from '../errors.ts'
import type { Handler, Handlers } from './handler.ts'
import { byName, toPage } from './page.ts'

const describe = (id: string, value: TokenRecord): Reply<'listTokens'>['items'][number] => ({
  id,
  name: value.name,
  owner: value.person,
  grants: value.grants,
  createdAtMs: value.createdAtMs,
  expiresAtMs: value.expiresAtMs,
})

const createToken: Handler<'createToken'> = async (control, { body, caller, address, signal }) => {
  requireSession(caller)
  const grant = toGrant(body)
  requireRole(caller, grant)
  await requireTeams(control, [grant], signal)
  const person = await getPerson(control, caller.name, signal)
  requireLasting(caller, { person, grant })
  const { secret, id, hash } = createSecret('token')
  const nowMs = control.clock.now()
  const value: TokenRecord = {
    hash,
    name: body.name,
    person: caller.name,
    personCreatedAtMs: person.value.createdAtMs,
    grants: [grant],
    createdAtMs: nowMs,
    expiresAtMs: nowMs + body.expiresInS * 1000,
  }
  await control.documents.put(collections.token, id, { expected: 0, value }, signal)
  const after = describe(id, value)
  await appendAudit(control, { by: caller.description, action: 'createToken', subject: id, address, after }, signal)
  return { ...after, secret }
}

/** What a provider says of a person counts for a session, and tokens outlive that. ControlError `not-lasting`. */
const requireLasting = (
  caller: Caller,
  { person, grant }: { readonly person: FoundPerson; readonly grant: Grant },
): void => {
  if (mayDo({ ...caller, grants: person.value.grants }, grant)) return
  throw new ControlError('not-lasting', `${caller.name} has that role by OpenID Connect, which ends with the session`, {
    status: 403,
    hint: 'an owner gives roles that last with "atoll people role"',
  })
}

const listTokens: Handler<'listTokens'> = async (control, { query, caller, signal }) => {
  const found = await control.documents.list<TokenRecord>(collections.token, {}, signal)
  const seesAll = mayDo(caller, { role: 'owner' })
  const tokens = found
    .filter(({ value }) => seesAll || value.person === caller.name)
    .map(({ id, value }) => describe(id, value))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return toPage(
    tokens,
    query,
    byName(({ id }) => id),
  )
}

/** One that belongs to somebody else is not there, for who may not know of it. */
const removeToken: Handler<'removeToken'> = async (control, { params, caller, address, signal }) => {
  const found = await control.documents.find<TokenRecord>(collections.token, params.token, signal)
  const isOwn = found !== undefined && found.value.person === caller.name && caller.kind === 'session'
  const isSelf = caller.kind === 'token' && caller.id === params.token
  if (found === undefined || !(isOwn || isSelf || mayDo(caller, { role: 'owner' }))) {
    throw notFound(`there is no token ${params.token}`)
  }
  await control.documents.remove(collections.token, params.token, signal)
  const before = describe(params.token, found.value)
  const entry = { by: caller.description, action: 'removeToken', subject: params.token, address, before }
  await appendAudit(control, entry, signal)
}

export const tokenHandlers: Handlers<'createToken' | 'listTokens' | 'removeToken'> = {
  createToken,
  listTokens,
  removeToken,
}
