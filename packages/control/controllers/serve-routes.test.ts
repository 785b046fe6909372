import { deploy, remove } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { IngressApi, NodeIngress, NodeTable, RouteRefusal, RoutingApi } from '@atoll/engine'
import type { RouteTable } from '@atoll/ingress'
import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { Route } from '@atoll/spec'
import { createBell } from '@atoll/store'
import { expect, it } from 'vitest'
import { changeSettings } from '../settings.ts'
import { openPorts } from '../routes/test-routed.ts'
import { openTestControl } from '../test-control.ts'
import { serveRoutes } from './serve-routes.ts'

const web = createService('web', { mode: { kind: 'replicated', replicas: 2 } })
const shop = createApp([web], { routes: [createRoute('web', 'shop.example.org')] })

/** Ingresses of the fake world's nodes, and where its tasks answer. */
const openRouting = (stage: Stage) => {
  const served = new Map<string, NodeTable>()
  const streamed = new Map<string, NodeTable>()
  const down = new Set<string>()
  const refused = new Map<string, readonly RouteRefusal[]>()
  const bell = createBell()
  const openIngress = (tables: Map<string, NodeTable>): IngressApi => ({
    readTally: async () => ({ life: 'first', moment: 1, routes: [] }),
    giveRoutes: async (nodeId, table) => {
      if (down.has(nodeId)) throw new EngineError('unreachable', `reach the agent of node ${nodeId}`)
      tables.set(nodeId, table)
    },
    followIngress: async function* (nodeId, signal): AsyncIterable<NodeIngress> {
      while (!signal.aborted) {
        const version = tables.get(nodeId)?.version
        const own = refused.get(nodeId)
        yield { ...(version !== undefined && { version }), ...(own && { refused: own }) }
        await stage.clock.wait(1_000, signal).catch(() => undefined)
      }
    },
  })
  const routing: RoutingApi = {
    listEndpoints: async (services) =>
      services.flatMap((service) =>
        [...(stage.engine.world.services.get(service)?.tasks ?? [])]
          .filter(({ state, desired }) => state === 'running' && desired === 'running')
          .map(({ id, nodeId = '' }) => ({
            service,
            taskId: id,
            nodeId,
            networks: [{ name: 'shop_test_default', subnet: '10.64.0.0/20', address: `address-of-${id}` }],
          })),
      ),
    watchServices: async function* (signal) {
      await stage.clock.wait(1_000_000_000, signal).catch(() => undefined)
      yield { kind: 'service' }
    },
    fetchSite: async () => undefined,
    ...openIngress(served),
    streams: openIngress(streamed),
  }
  return { routing, served, streamed, down, refused, bell }
}

const open = async (stage: Stage) => {
  const { control, log } = await openTestControl(stage)
  const { routing, served, streamed, down, refused } = openRouting(stage)
  const stop = new AbortController()
  const configs = {
    events: async function* () {
      yield { name: 'atoll.environment.shop.test.1' }
    },
  }
  const findCertificates = async (hosts: readonly string[]) => ({
    certificates: hosts.map((host) => ({ host, pem: `of ${host}`, isPublic: false })),
  })
  const running = serveRoutes(control, { routing, configs, findCertificates }, stop.signal)
  return {
    control,
    served,
    streamed,
    down,
    refused,
    log,
    end: async () => {
      stop.abort()
      await running
    },
  }
}

const send = (stage: Stage, app = shop) =>
  stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))

const readAll = (served: ReadonlyMap<string, NodeTable>): readonly RouteTable[] =>
  [...served.values()].map(({ table }) => JSON.parse(table) as RouteTable)

it('every node is given the routes of what converged, its tasks and certificates, and again when they change', async () => {
  const stage = openStage()
  const { served, end } = await open(stage)
  await stage.pass(5_000)
  expect(served.size).toBe(3)
  expect(readAll(served).map(({ environments }) => environments)).toEqual([[], [], []])
  await send(stage)
  await stage.pass(20_000)
  for (const { environments, certificates } of readAll(served)) {
    expect(environments[0]?.endpoints['web']).toHaveLength(2)
    expect(certificates).toEqual([{ host: 'shop.example.org', pem: 'of shop.example.org', isPublic: false }])
  }
  await stage.settle(
    remove(stage.createContext('ann'), { ref: { app: 'shop', environment: 'test' }, volumes: false }, listen()),
  )
  await stage.pass(20_000)
  expect(readAll(served).map(({ environments }) => environments)).toEqual([[], [], []])
  await end()
})

it('routes of ports that are open go to the second ingress of every node, and the first feels nothing of it', async () => {
  const stage = openStage()
  const { served, streamed, end } = await open(stage)
  const { targets, balance, timeouts, allow, deny } = createRoute('web', 'x')
  const tcp: Route = { kind: 'tcp', listen: 5432, service: 'web', targets, balance, timeouts, allow, deny }
  await send(stage, createApp([web], { routes: [createRoute('web', 'shop.example.org'), tcp] }))
  await stage.pass(20_000)
  const before = [...served.values()].map(({ version }) => version)
  expect(readAll(served)[0]?.environments[0]?.routes.map(({ kind }) => kind)).toEqual(['http'])
  expect(streamed.size).toBe(0)
  await openPorts(stage.documents, [5432])
  await stage.pass(20_000)
  expect(streamed.size).toBe(3)
  for (const { environments, certificates } of readAll(streamed)) {
    expect(environments).toMatchObject([{ routes: [tcp] }])
    expect(environments[0]?.endpoints['web']).toHaveLength(2)
    expect(certificates).toEqual([])
  }
  await openPorts(stage.documents, [6379])
  await stage.pass(20_000)
  expect([...streamed.values()].map(({ networks }) => networks)).toEqual([[], [], []])
  await openPorts(stage.documents, [])
  await stage.pass(20_000)
  // One that has lost its table would be given it again by who still tells it.
  streamed.clear()
  await stage.pass(20_000)
  expect(streamed.size).toBe(0)
  expect([...served.values()].map(({ version }) => version)).toEqual(before)
  await end()
})

it('every node is told whose word on the client is taken', async () => {
  const stage = openStage()
  const { control, served, end } = await open(stage)
  await stage.pass(5_000)
  expect(readAll(served).map(({ trustedProxies }) => trustedProxies)).toEqual([undefined, undefined, undefined])
  const trustedProxies = ['10.0.0.0/24']
  await changeSettings(control, { ingress: { trustedProxies } }, new AbortController().signal)
  await stage.pass(20_000)
  expect(readAll(served)).toMatchObject([{ trustedProxies }, { trustedProxies }, { trustedProxies }])
  await end()
})

it('a node that cannot be given anything keeps none of the others waiting, and gets all when it is back', async () => {
  const stage = openStage()
  const { served, down, end } = await open(stage)
  const [away = ''] = stage.engine.world.nodes.map(({ id }) => id)
  down.add(away)
  await send(stage)
  await stage.pass(20_000)
  expect([...served.keys()]).not.toContain(away)
  expect(served.size).toBe(2)
  down.delete(away)
  await stage.pass(20_000)
  expect(new Set([...served.values()].map(({ version }) => version)).size).toBe(1)
  expect(served.size).toBe(3)
  await end()
})

it('what an ingress leaves out is logged once with the node, and again when the reason is another', async () => {
  const stage = openStage()
  const { refused, log, end } = await open(stage)
  const [nodeId = ''] = stage.engine.world.nodes.map(({ id }) => id)
  const part = { kind: 'environment', app: 'shop', environment: 'test', isKept: true } as const
  const told = () => log.filter(({ event }) => event === 'an ingress does not take a part of its routes')
  refused.set(nodeId, [{ ...part, reason: 'first' }])
  await stage.pass(20_000)
  expect(told()).toMatchObject([{ nodeId, app: 'shop', environment: 'test', reason: 'first' }])
  refused.set(nodeId, [{ ...part, reason: 'second' }])
  await stage.pass(20_000)
  expect(told().map(({ reason }) => reason)).toEqual(['first', 'second'])
  await end()
})
