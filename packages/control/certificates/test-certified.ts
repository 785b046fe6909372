import { createHash } from 'node:crypto'
import type { Chain, Issue, IssueFailure, Issued } from '@atoll/certificates'
import { deploy } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { createApp, createService } from '@atoll/plan/fixtures'
import { environmentOf } from '@atoll/ingress/testing'
import type { Route } from '@atoll/spec'
import { keepCertificates } from '../controllers/keep-certificates.ts'
import type { Ask } from '../controllers/keep-certificates.ts'
import { addPerson, openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { collections, onlyId } from './records.ts'
import { sealAcme } from './seals.ts'

const never = new AbortController().signal
export const minuteMs = 60_000

const routesOf = (hosts: readonly string[]): readonly Route[] => {
  const routes = hosts.map((host) => `{host: '${host}', port: 80}`).join(', ')
  return environmentOf(`{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes}]}}}}`).routes
}

/** Deploys an app with routes for these hosts. */
export const sendApp = (stage: Stage, hosts: readonly string[]) => {
  const app = { ...createApp([createService('web')]), routes: routesOf(hosts) }
  return stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
}

/** An authority in this process: it signs at once whatever nothing is said against, for ninety minutes. */
const openAuthority = (stage: Stage) => {
  const asked: (readonly string[])[] = []
  const state = { refuse: (_order: Issue): readonly IssueFailure[] => [] }
  const ask: Ask = async (order): Promise<Issued> => {
    asked.push(order.names)
    const failures = state.refuse(order)
    if (failures.length > 0) return { kind: 'failed', failures }
    return { kind: 'issued', chain: chainFor(order.names, stage.clock.now()), registration: '{}' }
  }
  return { asked, state, ask }
}

/** At once, as time here passes without waiting for chance; nothing but its facts is looked at. */
const chainFor = (names: readonly string[], nowMs: number): Chain => ({
  facts: {
    names,
    issuer: 'authority of tests',
    fingerprint: createHash('sha256')
      .update(`${names.join(' ')} ${nowMs}`)
      .digest('hex'),
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 90 * minuteMs,
  },
  chainPem: 'a chain',
  keyPem: '-----BEGIN PRIVATE KEY-----',
})

const setAuthority = async ({ control }: TestControl): Promise<void> => {
  const secrets = sealAcme(control.seals, { accountKeyPem: 'a key' })
  const value = { directory: 'https://ca.example/dir', mail: 'ann@example.org', thumbprint: 'x', ...secrets }
  await control.documents.put(collections.acme, onlyId, { expected: 0, value }, never)
}

/** An app with routes, a control that looks after its certificates, and an owner who asks it. */
export const openCertified = async (hosts: readonly string[], { isSet = true, node = 0 } = {}) => {
  const stage = openStage()
  await sendApp(stage, hosts)
  const test = await openTestControl(stage, { node })
  if (isSet) await setAuthority(test)
  const authority = openAuthority(stage)
  const stop = new AbortController()
  const work = keepCertificates(test.control, authority.ask, stop.signal)
  const client = test.client(await addPerson(test, { name: 'root', grants: [{ role: 'owner' }] }))
  const look = () => client.call('listCertificates', {}, never)
  return {
    stage,
    test,
    client,
    authority,
    look,
    /** Whether each host is answered with a certificate, and why not. */
    hosts: async () => (await look()).hosts.map(({ host, kind, reason = '' }) => `${host} ${kind} ${reason}`.trim()),
    /** What the status of the app says of them. */
    status: async () =>
      (await client.call('getStatus', { params: { app: 'shop', environment: 'test' } }, never)).certificates,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      await test[Symbol.asyncDispose]()
    },
  }
}
