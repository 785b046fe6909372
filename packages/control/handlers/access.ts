import { documentFormat } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { claimInvitation } from '../auth/invitations.ts'
import { hashPassword, verifyPassword } from '../auth/passwords.ts'
import { collections } from '../auth/records.ts'
import type { InvitationRecord, PersonRecord } from '../auth/records.ts'
import { takeFactor, wrongPassword } from '../auth/second-factor.ts'
import { isSameHash, parseSecret } from '../auth/secrets.ts'
import { openSession, removeSessions } from '../auth/sessions.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { describeApi } from './describe-api.ts'
import type { Handler, Handlers } from './handler.ts'

const getHealth: Handler<'getHealth'> = async (control, { signal }) => ({
  node: control.node.name,
  ...(await control.view.getHealth(signal)),
  version: control.version,
  documents: documentFormat,
})

const signIn: Handler<'signIn'> = async (control, { body, address, signal }) => {
  const { name } = body
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  control.limiter.take(`name ${name}`, limits.attemptsPerName)
  const found = await control.documents.find<PersonRecord>(collections.person, name, signal)
  const isRight = await verifyPassword(body.password, found?.value.password)
  if (!isRight || found === undefined) throw wrongPassword()
  const person = takeFactor(control, { name, person: found.value }, body)
  if (person !== found.value) {
    await control.documents.put(collections.person, name, { expected: found.revision, value: person }, signal)
  }
  const nowMs = control.clock.now()
  const isObsolete = (other: { readonly person: string; readonly expiresAtMs: number }): boolean =>
    other.person === name && other.expiresAtMs <= nowMs
  await removeSessions(control, { collection: 'session', isObsolete }, signal)
  // Nobody is let in unnoticed.
  await appendAudit(control, { by: name, action: 'signIn', subject: name, address }, signal)
  return openSession(control, { name, person }, signal)
}

const signOut: Handler<'signOut'> = async (control, { caller, address, signal }) => {
  requireSession(caller)
  await control.documents.remove(collections.session, caller.id, signal)
  await appendAudit(control, { by: caller.name, action: 'signOut', subject: caller.name, address }, signal)
}

/** The person first, then the end of the invitation: whoever comes second with it finds it gone. */
const acceptInvitation: Handler<'acceptInvitation'> = async (control, { body, address, signal }) => {
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  control.limiter.take(`name ${body.name}`, limits.attemptsPerName)
  const { id, record, revision } = await getInvitation(control, body.token, signal)
  const password = await hashPassword(body.password)
  const person: PersonRecord = { grants: record.grants, password, createdAtMs: control.clock.now() }
  if ((await control.documents.find(collections.person, body.name, signal)) !== undefined) throw nameTaken(body.name)
  const entry = { by: body.name, action: 'acceptInvitation', subject: body.name, address }
  const intent = await appendAudit(control, { kind: 'intent', ...entry }, signal)
  await claimInvitation(control, { id, revision, value: record }, signal)
  await control.documents.put(collections.person, body.name, { expected: 0, value: person }, signal)
  await control.documents.remove(collections.invitation, id, signal)
  const after = { grants: record.grants }
  await appendAudit({ ...control, intent }, { ...entry, after }, signal)
  return openSession(control, { name: body.name, person }, signal)
}

interface FoundInvitation {
  readonly id: string
  readonly record: InvitationRecord
  readonly revision: number
}

const getInvitation = async (control: Control, token: string, signal: AbortSignal): Promise<FoundInvitation> => {
  const secret = parseSecret(token, 'invitation')
  const found = secret && (await control.documents.find<InvitationRecord>(collections.invitation, secret.id, signal))
  const isGood =
    secret !== undefined &&
    found !== undefined &&
    isSameHash(found.value.hash, secret.hash) &&
    found.value.expiresAtMs > control.clock.now()
  if (isGood) return { id: secret.id, record: found.value, revision: found.revision }
  throw new ControlError('invalid-invitation', 'the invitation is not good, was used, or is too old', {
    status: 401,
    hint: 'ask an owner for a new one',
  })
}

const nameTaken = (name: string): ControlError =>
  new ControlError('name-taken', `there is a person called ${name}`, { status: 409, hint: 'choose another name' })

const getMe: Handler<'getMe'> = async (_control, { caller }) => ({
  name: caller.name,
  kind: caller.kind,
  grants: caller.tokenGrants ?? caller.grants,
  hasTotp: caller.hasTotp,
  recoveryCodes: caller.recoveryCodes,
})

export const accessHandlers: Handlers<
  'getHealth' | 'getOpenApi' | 'signIn' | 'signOut' | 'acceptInvitation' | 'getMe'
> = {
  getHealth,
  getOpenApi: async ({ version }) => describeApi(version),
  signIn,
  signOut,
  acceptInvitation,
  getMe,
}
