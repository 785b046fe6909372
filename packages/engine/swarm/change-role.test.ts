import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { changeRole } from './change-role.ts'
import type { Api, Call } from './client.ts'

const signal = new AbortController().signal

/** A node as the managers show it; the clock goes on by minutes with each look. */
const openCluster = (joins: (role: string) => object | undefined, raft: object = usual) => {
  const node = { role: 'worker', version: 1, nowMs: 0 }
  const paces: unknown[] = []
  const swarm = { Version: { Index: 7 }, Spec: { Name: 'default', Raft: raft } }
  const api: Pick<Api, 'json' | 'send'> = {
    json: async ({ path }, shape) => {
      if (path === '/swarm') return shape.parse(swarm)
      node.nowMs += 50_000
      return shape.parse({
        ID: 'a',
        Version: { Index: node.version },
        CreatedAt: '2026-01-01T00:00:00Z',
        UpdatedAt: '2026-01-01T00:00:00Z',
        Spec: { Role: node.role, Availability: 'active' },
        Description: { Hostname: 'a', Engine: {}, Platform: {}, Resources: {} },
        Status: { State: 'ready', Addr: '10.0.0.1' },
        ManagerStatus: joins(node.role),
      })
    },
    send: async ({ path, body, query }: Call) => {
      if (path === '/swarm/update') {
        expect(query).toEqual({ version: swarm.Version.Index })
        swarm.Version.Index += 1
        swarm.Spec = body as typeof swarm.Spec
        paces.push({ ...swarm.Spec, asked: node.role })
        return
      }
      expect(query).toEqual({ version: node.version })
      node.role = z.object({ Role: z.string() }).parse(body).Role
      node.version += 1
    },
  }
  const make = (role: 'manager' | 'worker') =>
    changeRole(api as Api, { nodeId: 'a', role, now: () => node.nowMs }, signal)
  return { node, make, paces }
}

/** As an engine has it when nobody said anything. */
const usual = { SnapshotInterval: 10_000, LogEntriesForSlowFollowers: 500, ElectionTick: 10 }
const often = { ...usual, SnapshotInterval: 50, LogEntriesForSlowFollowers: 10 }

describe.concurrent('a node that is made a manager', () => {
  test('is one once the managers reach it', async () => {
    const { node, make } = openCluster((role) => (role === 'manager' ? { Reachability: 'reachable' } : undefined))
    await make('manager')
    expect(node.role).toBe('manager')
  })

  test('and does not come into the Raft stays a worker, and it is told what may be the matter', async () => {
    const { node, make } = openCluster(() => undefined)
    const stays =
      'make node a a manager: not so after 120 s; it stays a worker: the managers have to reach it at 2377/tcp'
    await expect(make('manager')).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining(stays) as string,
    })
    expect(node.role).toBe('worker')
  })

  test('and is in the Raft is left as it is, though nobody reaches it', async () => {
    const { node, make } = openCluster((role) => (role === 'manager' ? { Reachability: 'unreachable' } : undefined))
    await expect(make('manager')).rejects.toThrow('look with "docker node ls"')
    expect(node.role).toBe('manager')
  })

  test.each([
    ['and then as often as before', { ...usual, SnapshotInterval: 2_000 }, { ...usual, SnapshotInterval: 2_000 }],
    ['and then as engines do when somebody died within that', often, usual],
  ])('after the log was folded, so that it has it at once, %s', async (_, raft, then) => {
    const joins = (role: string) => (role === 'manager' ? { Reachability: 'reachable' } : undefined)
    const { make, paces } = openCluster(joins, raft)
    await make('manager')
    expect(paces).toEqual([often, then].map((Raft) => ({ Name: 'default', Raft, asked: 'worker' })))
    await make('worker')
    expect(paces).toHaveLength(2)
  })
})
