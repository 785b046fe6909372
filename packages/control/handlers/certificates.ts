import type { Reply } from '@atoll/api'
import { describeHosts, readChain, servedCertificates, troubleEndsMs } from '@atoll/certificates'
import type { HostState } from '@atoll/certificates'
import { appendAudit } from '../audit/audit.ts'
import { requireSession } from '../auth/authenticate.ts'
import { challengesOf, findAcme } from '../certificates/acme-settings.ts'
import { describeHeld, getHeld, keep, listHeld } from '../certificates/held.ts'
import type { Held } from '../certificates/held.ts'
import { collections } from '../certificates/records.ts'
import type { WatchRecord } from '../certificates/records.ts'
import { listWantedHosts } from '../certificates/wanted-hosts.ts'
import { openKey } from '../certificates/seals.ts'
import { readWatch } from '../certificates/watch.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import type { Handler, Handlers } from './handler.ts'

type List = Reply<'listCertificates'>

const list: Handler<'listCertificates'> = async (control, { signal }) => {
  const { documents, clock } = control
  const certificates = await listHeld(control, signal)
  const hosts = await listWantedHosts(documents, signal)
  const [acme, watch] = [await findAcme(control, signal), await readWatch(control, signal)]
  const challenges = acme === undefined ? 'http' : challengesOf(acme.value)
  const nowMs = clock.now()
  const states = describeHosts({ certificates, hosts, attempts: watch.attempts, challenges, nowMs })
  return {
    certificates: certificates.map(describeHeld),
    hosts: states.map((state) => tellHost(state, watch, acme !== undefined)),
    ...tellTrouble(watch, nowMs),
  }
}

/** Without an authority nobody asks for what is due. */
const tellHost = (state: HostState, { attempts }: WatchRecord, isSet: boolean): List['hosts'][number] => {
  const reason = attempts[state.host]?.reason
  if (!isSet && state.kind !== 'served') return { ...state, kind: 'unset' }
  return { ...state, ...(reason === undefined || state.kind === 'served' ? {} : { reason }) }
}

const tellTrouble = (watch: WatchRecord, nowMs: number): Pick<List, 'trouble'> => {
  if (watch.trouble === undefined) return {}
  return { trouble: { reason: watch.trouble.reason, atMs: Math.max(nowMs, troubleEndsMs(watch)) } }
}

const show: Handler<'getCertificate'> = async (control, { params, signal }) => {
  const held = await getHeld(control, params.certificate, signal)
  const hosts = await listWantedHosts(control.documents, signal)
  const served = servedCertificates(await listHeld(control, signal), hosts, control.clock.now())
  return {
    ...describeHeld(held),
    chainPem: held.chainPem,
    hosts: served.filter(({ certificate }) => certificate.id === held.id).map(({ host }) => host),
  }
}

const add: Handler<'addCertificate'> = async (control, { body, caller, address, signal }) => {
  const { chain, problems, warnings } = readChain(body.pem, control.clock.now())
  if (chain === undefined) throw notServable(problems)
  const before = await listHeld(control, signal)
  const held = await keep(control, { chain, kind: 'own', by: caller.description }, signal)
  const replaced = before.filter((each) => each.kind === 'own' && each.id !== held.id && isForSame(each, held))
  for (const { id } of replaced) await control.documents.remove(collections.certificate, id, signal)
  const ids = replaced.map(({ id }) => id)
  const entry = { by: caller.description, action: 'addCertificate', subject: held.id, address }
  await appendAudit(control, { ...entry, after: { ...tellAudit(held), replaced: ids } }, signal)
  return { ...describeHeld(held), warnings, replaced: ids }
}

const isForSame = (a: Held, b: Held): boolean => a.names.join(' ') === b.names.join(' ')

const tellAudit = ({ names, issuer, notAfterMs }: Held) => ({ names, issuer, notAfterMs })

const notServable = (problems: readonly string[]): ControlError =>
  new ControlError('not-a-certificate', `this cannot be served: ${problems.join('; ')}`, {
    status: 422,
    hint: 'give the certificate, those who signed it, and its private key, as PEM',
  })

const remove: Handler<'removeCertificate'> = async (control, { params, caller, address, signal }) => {
  const held = await getHeld(control, params.certificate, signal)
  await control.documents.remove(collections.certificate, held.id, signal)
  const entry = { by: caller.description, action: 'removeCertificate', subject: held.id, address }
  await appendAudit(control, { ...entry, before: tellAudit(held) }, signal)
}

const exportOne: Handler<'exportCertificate'> = async (control: Control, { params, caller, address, signal }) => {
  requireSession(caller)
  const held = await getHeld(control, params.certificate, signal)
  const entry = { by: caller.description, action: 'exportCertificate', subject: held.id, address }
  // First: whoever has the key must stand in the audit.
  await appendAudit(control, { ...entry, after: tellAudit(held) }, signal)
  return { chainPem: held.chainPem, keyPem: openKey(control.seals, held.id, held) }
}

export const certificateHandlers: Handlers<
  'listCertificates' | 'getCertificate' | 'addCertificate' | 'removeCertificate' | 'exportCertificate'
> = {
  listCertificates: list,
  getCertificate: show,
  addCertificate: add,
  removeCertificate: remove,
  exportCertificate: exportOne,
}
