import { openFakeEngine } from '@atoll/engine/fake'
import type { NodeTally } from '@atoll/engine'
import { afterEach, expect, it } from 'vitest'
import type { IngressKeeper } from '../ingress/keep-ingress.ts'
import { openTestAgent, testSelf } from '../testing.ts'

const live = new AbortController().signal
const query = { ref: { app: 'shop', environment: 'test' }, since: 3, probeMs: 20_000 }
let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

const tally: NodeTally = {
  life: 'first',
  moment: 4,
  routes: [
    {
      route: 'a.example.org/',
      requests: 9,
      statuses: { '1xx': 0, '2xx': 7, '3xx': 0, '4xx': 1, '5xx': 1 },
      failed: 1,
      cut: 0,
      retries: 2,
      redispatches: 2,
      abandoned: 0,
      slowestMs: 40,
    },
  ],
  probes: [{ route: 'a.example.org/', answered: 7, failed: 1, slowestMs: 9, gapMs: 1_200 }],
  probing: { everyMs: 1_000, unprobed: [{ route: 'b.example.org/', why: 'asks for a password' }] },
}

it('what the ingress of a node has counted comes to who asks its agent', async () => {
  const asked: unknown[] = []
  const readTally: IngressKeeper['readTally'] = async (given) => {
    asked.push(given)
    return tally
  }
  const ingress: IngressKeeper = {
    readTally,
    fetchSite: async () => undefined,
    give: async () => undefined,
    follow: async function* () {
      yield {}
    },
    keep: async () => undefined,
  }
  const { remote } = stack.use(await openTestAgent(openFakeEngine(), { ingress }))
  expect(await remote.routing.readTally(testSelf.nodeId, query, live)).toEqual(tally)
  expect(asked).toEqual([query])
})

it('each of the two ingresses of a node is asked and given by itself', async () => {
  const given: string[] = []
  const keeperOf = (name: string): IngressKeeper => ({
    readTally: async () => ({ ...tally, life: name }),
    fetchSite: async () => undefined,
    give: async ({ version }) => void given.push(`${name} ${version}`),
    follow: async function* () {
      yield { version: name }
    },
    keep: async () => undefined,
  })
  const parts = { ingress: keeperOf('aaa'), streams: keeperOf('bbb') }
  const { remote } = stack.use(await openTestAgent(openFakeEngine(), parts))
  for (const [api, name] of [[remote.routing, 'aaa'] as const, [remote.routing.streams, 'bbb'] as const]) {
    expect(await api.readTally(testSelf.nodeId, query, live)).toMatchObject({ life: name })
    await api.giveRoutes(testSelf.nodeId, { version: '1f', networks: [], table: '{}' }, live)
    for await (const { version } of api.followIngress(testSelf.nodeId, live)) {
      expect(version).toBe(name)
      break
    }
  }
  expect(given).toEqual(['aaa 1f', 'bbb 1f'])
})

it('a node without an ingress says so', async () => {
  const { remote } = stack.use(await openTestAgent())
  for (const api of [remote.routing, remote.routing.streams])
    await expect(api.readTally(testSelf.nodeId, query, live)).rejects.toMatchObject({ code: 'not-found' })
})
