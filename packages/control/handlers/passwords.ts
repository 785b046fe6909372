import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { hashPassword, verifyPassword } from '../auth/passwords.ts'
import { getPerson, putPerson } from '../auth/people.ts'
import type { FoundPerson } from '../auth/people.ts'
import { collections } from '../auth/records.ts'
import type { PasswordRecord, ResetRecord } from '../auth/records.ts'
import { takeFactor, wrongPassword } from '../auth/second-factor.ts'
import { createSecret, isSameHash, parseSecret } from '../auth/secrets.ts'
import { openSession, removeSessions } from '../auth/sessions.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers } from './handler.ts'

/** ControlError `no-password`: who comes by OpenID Connect has none here. */
export const requirePassword = ({ id, value }: FoundPerson): PasswordRecord => {
  if (value.password !== undefined) return value.password
  throw new ControlError('no-password', `${id} has no password and signs in with OpenID Connect`, {
    status: 409,
    hint: 'passwords and one-time passwords are those of the provider',
  })
}

const changePassword: Handler<'changePassword'> = async (control, { caller, body, address, signal }) => {
  requireSession(caller)
  control.limiter.take(`name ${caller.name}`, limits.attemptsPerName)
  const found = await getPerson(control, caller.name, signal)
  if (!(await verifyPassword(body.password, requirePassword(found)))) throw wrongPassword()
  const password = await hashPassword(body.newPassword)
  await putPerson(control, found, { value: { ...found.value, password }, signal })
  const isObsolete = ({ person }: { readonly person: string }, id: string): boolean =>
    person === caller.name && id !== caller.id
  await removeSessions(control, { collection: 'session', isObsolete }, signal)
  await appendAudit(control, { by: caller.name, action: 'changePassword', subject: caller.name, address }, signal)
}

const resetPassword: Handler<'resetPassword'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  requirePassword(found)
  await removeResets(control, params.name, signal)
  const { secret, id, hash } = createSecret('reset')
  const expiresAtMs = control.clock.now() + limits.invitationMs
  const value: ResetRecord = { hash, person: params.name, personCreatedAtMs: found.value.createdAtMs, expiresAtMs }
  await control.documents.put(collections.reset, id, { expected: 0, value }, signal)
  const entry = { by: caller.description, action: 'resetPassword', subject: params.name, address }
  await appendAudit(control, { ...entry, after: { expiresAtMs } }, signal)
  return { token: secret, expiresAtMs }
}

/** The newest of a person is the only one. */
const removeResets = async ({ documents }: Control, name: string, signal: AbortSignal): Promise<void> => {
  const found = await documents.list<ResetRecord>(collections.reset, {}, signal)
  for (const { id, value } of found) if (value.person === name) await documents.remove(collections.reset, id, signal)
}

/** The person first, by compare-and-set: of two at once with the same token one comes second. */
const acceptReset: Handler<'acceptReset'> = async (control, { body, address, signal }) => {
  control.limiter.take(`address ${address}`, limits.attemptsPerAddress)
  const found = await getResetPerson(control, body.token, signal)
  const name = found.id
  control.limiter.take(`name ${name}`, limits.attemptsPerName)
  const person = takeFactor(control, { name, person: found.value }, body)
  const password = await hashPassword(body.password)
  const { value } = await putPerson(control, found, { value: { ...person, password }, signal })
  await removeResets(control, name, signal)
  await removeSessions(control, { collection: 'session', isObsolete: (session) => session.person === name }, signal)
  await appendAudit(control, { by: name, action: 'acceptReset', subject: name, address }, signal)
  return openSession(control, { name, person: value }, signal)
}

const getResetPerson = async (control: Control, token: string, signal: AbortSignal): Promise<FoundPerson> => {
  const secret = parseSecret(token, 'reset')
  const reset = secret && (await control.documents.find<ResetRecord>(collections.reset, secret.id, signal))?.value
  const isGood =
    secret !== undefined &&
    reset !== undefined &&
    isSameHash(reset.hash, secret.hash) &&
    reset.expiresAtMs > control.clock.now()
  if (!isGood) throw invalidReset()
  const found = await getPerson(control, reset.person, signal)
  if (found.value.createdAtMs !== reset.personCreatedAtMs) throw invalidReset()
  return found
}

const invalidReset = (): ControlError =>
  new ControlError('invalid-reset', 'the link is not good, was used, or is too old', {
    status: 401,
    hint: 'ask an owner for a new one',
  })

export const passwordHandlers: Handlers<'changePassword' | 'resetPassword' | 'acceptReset'> = {
  changePassword,
  resetPassword,
  acceptReset,
}
