import { openFakeEngine } from '@atoll/engine/fake'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { describeOutage, reachAt } from './outage.ts'

const never = new AbortController().signal

/** Nodes n1, n2 and so on, the first so many of them managers. */
const nodesWith = (managers: number) =>
  openFakeEngine({ nodes: 5 }).world.nodes.map((node, index) => ({ ...node, isManager: index < managers }))

it('names who answers, how many are needed and who has to be started', async () => {
  const nodes = nodesWith(5)
  const [own, second, ...missing] = nodes
  const reach = async (address: string): Promise<boolean> => address === second?.address
  const error = await describeOutage({ nodes, nodeId: own?.id ?? '', reach }, never)
  expect(error).toMatchObject({ code: 'no-quorum', status: 503, retry: true })
  expect(error.message).toContain(`${own?.name}, ${second?.name} answer, and 3 of 5 managers are needed`)
  expect(error.hint).toContain(`start ${missing.map(({ name }) => name).join(' and ')} again`)
  expect(error.hint).toContain('atoll recover --engine')
})

it('asks nobody to start what is there', async () => {
  const nodes = nodesWith(3)
  const error = await describeOutage({ nodes, nodeId: '', reach: async () => true }, never)
  expect(error.hint).toContain('they elect')
  expect(error.hint).not.toContain('recover')
})

it('says what it can where nodes were never seen', async () => {
  const error = await describeOutage({ nodes: undefined, nodeId: '', reach: async () => true }, never)
  expect(error.message).toBe('nothing can be changed: the managers have no leader')
  expect(error.hint).toContain('start the managers that are down')
})

it('reaches who listens, and gives up on who does not', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await reachAt(port)('127.0.0.1', never)).toBe(true)
  await new Promise((resolve) => server.close(resolve))
  expect(await reachAt(port)('127.0.0.1', never)).toBe(false)
  expect(await reachAt(port)('192.0.2.1', AbortSignal.timeout(20))).toBe(false)
  expect(await reachAt(port)('192.0.2.1', AbortSignal.abort())).toBe(false)
})
