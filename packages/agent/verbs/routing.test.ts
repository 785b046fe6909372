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

it('a node without an ingress says so', async () => {
  const { remote } = stack.use(await openTestAgent())
  await expect(remote.routing.readTally(testSelf.nodeId, query, live)).rejects.toMatchObject({ code: 'not-found' })
})
