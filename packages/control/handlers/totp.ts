import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { verifyPassword } from '../auth/passwords.ts'
import { getPerson, putPerson } from '../auth/people.ts'
import { createRecoveryCodes } from '../auth/recovery-codes.ts'
import { takeFactor, wrongPassword } from '../auth/second-factor.ts'
import { enrol, takeCode } from '../auth/totp.ts'
import { ControlError, notFound } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handler, Handlers } from './handler.ts'
import { requirePassword } from './passwords.ts'

const enrolTotp: Handler<'enrolTotp'> = async (control, { caller, body, signal }) => {
  requireSession(caller)
  control.limiter.take(`name ${caller.name}`, limits.attemptsPerName)
  const found = await getPerson(control, caller.name, signal)
  const password = requirePassword(found)
  if (!(await verifyPassword(body.password, password))) throw wrongPassword()
  if (found.value.totp?.isConfirmed === true) {
    throw new ControlError('totp-there', 'one-time passwords are in use already', { status: 409 })
  }
  const { record, uri, secret } = enrol(control.seals, caller.name)
  await putPerson(control, found, { value: { ...found.value, totp: record }, signal })
  return { uri, secret }
}

const confirmTotp: Handler<'confirmTotp'> = async (control, { caller, body, address, signal }) => {
  requireSession(caller)
  control.limiter.take(`name ${caller.name}`, limits.attemptsPerName)
  const found = await getPerson(control, caller.name, signal)
  const { totp } = found.value
  if (totp === undefined || totp.isConfirmed) throw notFound('no one-time passwords wait to be confirmed')
  const given = { code: body.code, nowMs: control.clock.now() }
  const taken = takeCode(control.seals, { name: caller.name, record: totp }, given)
  if (taken === undefined) {
    throw new ControlError('wrong-code', 'that is not the code of this moment', { status: 422 })
  }
  const { shown, hashes } = createRecoveryCodes()
  const value = { ...found.value, totp: { ...taken, isConfirmed: true, recoveryHashes: hashes } }
  await putPerson(control, found, { value, signal })
  await appendAudit(control, { by: caller.name, action: 'confirmTotp', subject: caller.name, address }, signal)
  return { recoveryCodes: shown }
}

const endTotp: Handler<'endTotp'> = async (control, { caller, body, address, signal }) => {
  requireSession(caller)
  control.limiter.take(`name ${caller.name}`, limits.attemptsPerName)
  const found = await getPerson(control, caller.name, signal)
  if (found.value.totp?.isConfirmed !== true) throw notFound('no one-time passwords are in use')
  const { totp: _, ...value } = takeFactor(control, { name: caller.name, person: found.value }, body)
  await putPerson(control, found, { value, signal })
  await appendAudit(control, { by: caller.name, action: 'endTotp', subject: caller.name, address }, signal)
}

const removeTotp: Handler<'removeTotp'> = async (control, { params, caller, address, signal }) => {
  requireSession(caller)
  const found = await getPerson(control, params.name, signal)
  const { totp, ...value } = found.value
  if (totp === undefined) throw notFound(`${params.name} has no one-time passwords`)
  await putPerson(control, found, { value, signal })
  const entry = { by: caller.description, action: 'removeTotp', subject: params.name, address }
  await appendAudit(control, entry, signal)
}

export const totpHandlers: Handlers<'enrolTotp' | 'confirmTotp' | 'endTotp' | 'removeTotp'> = {
  enrolTotp,
  confirmTotp,
  endTotp,
  removeTotp,
}
