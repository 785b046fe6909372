import { describe, expect, it } from 'vitest'
import type { ObservedNode } from '@atoll/plan'
import type { Bench } from './bench.ts'

/** What a node is to the engine's Raft. Each test leaves the managers as it found them. */
export const rolesContract = (open: () => Bench): void => {
  const nodesOf = ({ world, signal }: Bench): Promise<readonly ObservedNode[]> => world.engine.nodes(signal)

  const change = async ({ world, signal }: Bench, id: string, role: 'manager' | 'worker'): Promise<void> =>
    world.engine.changeRole(id, role, signal)

  describe('roles of nodes', () => {
    it('makes a manager a worker, and a manager again; twice is the same as once', async () => {
      const bench = open()
      const id = (await nodesOf(bench)).find(({ isManager, isLeader }) => isManager && !isLeader)?.id ?? ''
      const isManager = async (): Promise<unknown> => (await nodesOf(bench)).find((node) => node.id === id)?.isManager
      await change(bench, id, 'worker')
      await change(bench, id, 'worker')
      expect(await isManager()).toBe(false)
      await change(bench, id, 'manager')
      await change(bench, id, 'manager')
      expect(await isManager()).toBe(true)
    })

    it('gives the lead to another when the leader becomes a worker', async () => {
      const bench = open()
      const leader = (await nodesOf(bench)).find(({ isLeader }) => isLeader)
      await change(bench, leader?.id ?? '', 'worker')
      const [next, ...others] = (await nodesOf(bench)).filter(({ isLeader }) => isLeader)
      await change(bench, leader?.id ?? '', 'manager')
      expect(others).toEqual([])
      expect(next?.id).not.toBe(leader?.id)
      const managers = (await nodesOf(bench)).filter(({ isManager }) => isManager)
      expect(managers.map(({ id }) => id)).toContain(leader?.id)
    })

    it('says so when there is no such node', async () => {
      await expect(change(open(), 'nosuchnode', 'manager')).rejects.toMatchObject({ code: 'not-found' })
    })
  })
}
