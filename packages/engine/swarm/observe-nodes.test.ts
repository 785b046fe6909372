import { expect, it } from 'vitest'
import type { Api } from './client.ts'
import { observeNodes } from './observe-nodes.ts'

const signal = new AbortController().signal

/** What an engine says of a node. */
const node = (name: string, state: string, over: object = {}) => ({
  ID: `${name}-id`,
  Version: { Index: 1 },
  CreatedAt: '2026-01-01T00:00:00Z',
  UpdatedAt: '2026-01-01T00:00:00Z',
  Spec: { Labels: { zone: 'a' }, Role: 'manager', Availability: 'active' },
  Description: {
    Hostname: name,
    Platform: { Architecture: 'x86_64', OS: 'linux' },
    Resources: { NanoCPUs: 2e9, MemoryBytes: 1_000 },
    Engine: { EngineVersion: '20.10.24', Labels: {} },
  },
  Status: { State: state, Addr: '10.0.0.1' },
  ...over,
})

const observe = async (...replies: readonly object[]) => {
  const api: Pick<Api, 'json'> = { json: async (_call, shape) => shape.parse(replies) }
  return (await observeNodes(api as Api, signal)).map(({ name, isManager, isLeader, state }) => [
    name,
    isLeader ? 'leader' : isManager ? 'manager' : 'worker',
    state,
  ])
}

it('a manager is one as long as it is in the Raft: not before it is let in, and not after a Swarm was begun anew', async () => {
  const told = await observe(
    node('c', 'unknown'),
    node('a', 'ready', { ManagerStatus: { Leader: true, Reachability: 'reachable' } }),
    node('b', 'down', { ManagerStatus: { Reachability: 'unreachable' } }),
    node('d', 'ready'),
  )
  expect(told).toEqual([
    ['a', 'leader', 'ready'],
    ['b', 'manager', 'down'],
    ['c', 'worker', 'unknown'],
    ['d', 'worker', 'ready'],
  ])
})
