import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { changeRole } from './change-role.ts'
import type { Api, Call } from './client.ts'

const signal = new AbortController().signal

/** A node as the managers show it; the clock goes on by minutes with each look. */
const openCluster = (joins: (role: string) => object | undefined) => {
  const node = { role: 'worker', version: 1, nowMs: 0 }
  const api: Pick<Api, 'json' | 'send'> = {
    json: async (_call, shape) => {
      node.nowMs += 100_000
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
    send: async ({ body, query }: Call) => {
      expect(query).toEqual({ version: node.version })
      node.role = z.object({ Role: z.string() }).parse(body).Role
      node.version += 1
    },
  }
  const make = (role: 'manager' | 'worker') =>
    changeRole(api as Api, { nodeId: 'a', role, now: () => node.nowMs }, signal)
  return { node, make }
}

describe.concurrent('a node that is made a manager', () => {
  test('is one once the managers reach it', async () => {
    const { node, make } = openCluster((role) => (role === 'manager' ? { Reachability: 'reachable' } : undefined))
    await make('manager')
    expect(node.role).toBe('manager')
  })

  test('and does not come into the Raft stays a worker, and it is told what may be the matter', async () => {
    const { node, make } = openCluster(() => undefined)
    const stays =
      'make node a a manager: not so after 300 s; it stays a worker: the managers have to reach it at 2377/tcp'
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
})
