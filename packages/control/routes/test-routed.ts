import type { EnvironmentRecord } from '@atoll/deploy'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { IngressApi, NodeIngress, RoutingApi } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import type { Documents } from '@atoll/store'
import { addPerson, openTestControl, uploadOf } from '../test-control.ts'

const never = new AbortController().signal

/** For tests: an app of one service with these routes, which stand in line 6. */
export const composeOf = (app: string, routes: string): string =>
  `name: ${app}\nservices:\n  web:\n    image: web:1\n    x-atoll:\n      routes: [${routes}]\n`

/** Ingresses that say these of themselves; one that says nothing cannot be reached. */
const routingOf = (stage: Stage, states: readonly NodeIngress[], streams: readonly NodeIngress[]): RoutingApi => ({
  listEndpoints: async () => [],
  watchServices: async function* () {},
  fetchSite: async () => undefined,
  ...ingressesOf(stage, states),
  streams: ingressesOf(stage, streams),
})

const ingressesOf = (stage: Stage, states: readonly NodeIngress[]): IngressApi => ({
  giveRoutes: async () => undefined,
  readTally: async () => Promise.reject(new EngineError('not-found', 'nobody counts here')),
  followIngress: async function* (nodeId) {
    const state = states[stage.engine.world.nodes.findIndex(({ id }) => id === nodeId)]
    if (state === undefined) throw new EngineError('unreachable', `reach the agent of node ${nodeId}`)
    yield state
  },
})

/** A platform with these ports open for streams, as its current release says. */
export const openPorts = async (documents: Documents, ports: readonly number[]): Promise<void> => {
  const found = await documents.find<EnvironmentRecord>('environment', 'atoll.system', never)
  const number = (found?.value.lastRelease ?? 0) + 1
  const published = ports.map((port) => ({ target: port, published: port, protocol: 'tcp', mode: 'host' }) as const)
  const app = createApp(ports.length === 0 ? [] : [createService('streams', { ports: published })])
  await documents.put('release', `atoll.system.${number}`, { expected: 0, value: { number, app } }, never)
  const value = { current: number, lastRelease: number, lastDeployment: number }
  await documents.put('environment', 'atoll.system', { expected: found?.revision ?? 0, value }, never)
}

/** A control over the fake engine, its owner, and a way to deploy apps with routes. */
export const openRouted = async (
  states: readonly NodeIngress[] = [],
  given: { readonly hasIngress?: boolean } = {},
  streams: readonly NodeIngress[] = [],
) => {
  const stage = openStage()
  const control = await openTestControl(stage, { routing: routingOf(stage, states, streams), ...given })
  const client = control.client(await addPerson(control, { name: 'ann', grants: [{ role: 'owner' }] }))
  const send = async (app: string, routes: string) => {
    const params = { app, environment: 'test' }
    const body = { kind: 'deploy' as const, project: uploadOf(composeOf(app, routes)) }
    const started = await stage.settle(client.call('startDeployment', { params, body }, never))
    await stage.pass(30_000)
    return started
  }
  return { stage, control, client, send, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

export const ofShop = '{host: shop.example.org, port: 80}'
