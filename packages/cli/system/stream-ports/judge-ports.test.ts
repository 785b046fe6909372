import type { Occupancy } from '@atoll/plan'
import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import type { App, Port, Route } from '@atoll/spec'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgePorts } from './judge-ports.ts'
import type { Seen } from './judge-ports.ts'

const nobody: Seen = { occupancy: { services: [] }, apps: [] }
const { targets, balance, timeouts, allow, deny } = createRoute('db', 'x')
const tcp = (listen: number): Route => ({ kind: 'tcp', listen, service: 'db', targets, balance, timeouts, allow, deny })
const published = (port: number, mode: Port['mode'] = 'ingress'): Port => ({
  target: 80,
  published: port,
  protocol: 'tcp',
  mode,
})
const withRoutes = (...routes: readonly Route[]): App => createApp([createService('db')], { routes })

const holding = (
  engineName: string,
  nodePort: string,
  ref?: { app: string; environment: string },
): Occupancy['services'] => [
  {
    name: engineName.split('_').at(-1) ?? '',
    engineName,
    ...(ref && { ref }),
    rules: {
      mode: { kind: 'global' },
      isRestarted: true,
      placement: { constraints: [], spread: [], maxPerNode: 0 },
      platforms: [],
      reservations: { memoryBytes: 0, nanoCpus: 0 },
      nodePorts: [nodePort],
      volumes: [],
    },
    tasks: [],
  },
]
const open = (port: number, seen: Partial<Seen> = {}) =>
  judgePorts({ before: [], after: [port] }, { ...nobody, ...seen }).map(({ why }) => why)

it.each([
  [22, 'ssh'],
  [80, 'requests'],
  [443, 'requests'],
  [2377, 'Swarm'],
  [4789, 'Swarm'],
  [7946, 'Swarm'],
  [8443, "Atoll's API"],
])('%i is nobody’s to open', (port, whose) => {
  expect(open(port)).toEqual([expect.stringContaining(whose)])
})

it('a port that a service has on nodes is told with whose it is, and another protocol is another port', () => {
  expect(
    open(5432, { occupancy: { services: holding('shop_test_db', '5432/tcp', { app: 'shop', environment: 'test' }) } }),
  ).toEqual(['is published by db of shop/test'])
  expect(open(5432, { occupancy: { services: holding('stranger', '5432/tcp') } })).toEqual(['is published by stranger'])
  expect(open(5432, { occupancy: { services: holding('stranger', '5432/udp') } })).toEqual([])
})

it('so is one that the mesh has on every node', () => {
  expect(open(5432, { apps: [createApp([createService('web', { ports: [published(5432)] })])] })).toEqual([
    'is published by web of shop/test',
  ])
})

it('what streams themselves have is no trouble', () => {
  const ref = { app: 'atoll', environment: 'system' }
  const own = {
    ...createApp([createService('streams', { ports: [published(5432, 'host')] })]),
    name: 'atoll',
    environment: 'system',
  }
  const occupancy = { services: holding('atoll_system_streams', '5432/tcp', ref) }
  expect(open(5432, { occupancy, apps: [own] })).toEqual([])
})

it('a port is closed only once no route needs it, and each is named', () => {
  const apps = [withRoutes(tcp(5432), createRoute('db', 'shop.example.org'), tcp(6379))]
  const change = { before: [5432, 6379, 8883], after: [] }
  expect(judgePorts(change, { ...nobody, apps })).toEqual([
    { port: 5432, why: 'is needed by the route tcp port 5432 of db in shop/test' },
    { port: 6379, why: 'is needed by the route tcp port 6379 of db in shop/test' },
  ])
  expect(judgePorts({ before: [5432, 8883], after: [5432] }, { ...nobody, apps })).toEqual([])
})

it('what stays as it is is never in the way, whoever needs or has it', () => {
  const ports = fc.uniqueArray(fc.constantFrom(22, 80, 443, 5432, 6379, 8443, 9000))
  fc.assert(
    fc.property(ports, fc.array(fc.constantFrom(5432, 6379)), (same, routed) => {
      const apps = [withRoutes(...routed.map(tcp))]
      expect(judgePorts({ before: same, after: same }, { ...nobody, apps })).toEqual([])
    }),
  )
})
