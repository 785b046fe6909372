import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { describeAcme, findAcme, getAcme, toRecord } from '../certificates/acme-settings.ts'
import { requireDirectory, requireSafeAcme } from '../certificates/check-acme.ts'
import { collections, onlyId } from '../certificates/records.ts'
import type { AcmeRecord } from '../certificates/records.ts'
import { changeWatch } from '../certificates/watch.ts'
import { requireRevision } from '../require-revision.ts'
import type { Handler, Handlers } from './handler.ts'

const show: Handler<'getAcme'> = async (control, { signal }) => {
  const { value, revision } = await getAcme(control, signal)
  return { ...describeAcme(value), revision }
}

const change: Handler<'changeAcme'> = async (control, { body, caller, address, signal, header }) => {
  requireSession(caller)
  const found = await findAcme(control, signal)
  const revision = found?.revision ?? 0
  requireRevision({ id: 'the authority', revision }, header('if-match'))
  requireSafeAcme(body)
  await requireDirectory(body, signal)
  const value = toRecord(control.seals, body, found?.value)
  const write = { expected: revision, value }
  const written = await control.documents.put<AcmeRecord>(collections.acme, onlyId, write, signal)
  // What failed with the settings before may do with these.
  await changeWatch(control, ({ registration }) => ({ attempts: {}, ...(registration && { registration }) }), signal)
  const before = found === undefined ? {} : { before: describeAcme(found.value) }
  const entry = { by: caller.description, action: 'changeAcme', subject: value.directory, address, ...before }
  await appendAudit(control, { ...entry, after: describeAcme(value) }, signal)
  return { ...describeAcme(value), revision: written.revision }
}

const remove: Handler<'removeAcme'> = async (control, { caller, address, signal }) => {
  requireSession(caller)
  const { value } = await getAcme(control, signal)
  await control.documents.remove(collections.acme, onlyId, signal)
  await control.documents.remove(collections.watch, onlyId, signal)
  const entry = { by: caller.description, action: 'removeAcme', subject: value.directory, address }
  await appendAudit(control, { ...entry, before: describeAcme(value) }, signal)
}

export const acmeHandlers: Handlers<'getAcme' | 'changeAcme' | 'removeAcme'> = {
  getAcme: show,
  changeAcme: change,
  removeAcme: remove,
}
