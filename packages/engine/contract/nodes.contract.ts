import { describe, expect, it } from 'vitest'
import type { ObservedNode } from '@atoll/plan'
import type { NodeChange } from '../engine.ts'
import type { Bench } from './bench.ts'

/** Labels and availability of nodes. Each test leaves them as it found them. */
export const nodesContract = (open: () => Bench): void => {
  const find = async ({ world, signal }: Bench, wanted: (node: ObservedNode) => boolean): Promise<ObservedNode> => {
    const found = (await world.engine.nodes(signal)).find(wanted)
    if (found === undefined) throw new Error('the world has no such node')
    return found
  }
  const findFollower = (bench: Bench): Promise<ObservedNode> => find(bench, ({ isLeader }) => !isLeader)
  const change = ({ world, signal }: Bench, id: string, to: NodeChange): Promise<void> =>
    world.engine.changeNode(id, to, signal)

  describe('changes of nodes', () => {
    it('set and remove labels, and leave the others', async () => {
      const bench = open()
      const { id, labels } = await findFollower(bench)
      const look = async (): Promise<unknown> => (await find(bench, (node) => node.id === id)).labels
      await change(bench, id, { labels: { 'contract.a': '1', 'contract.b': 'x y' } })
      await change(bench, id, { labels: { 'contract.a': '2' } })
      expect(await look()).toEqual({ ...labels, 'contract.a': '2', 'contract.b': 'x y' })
      await change(bench, id, { removedLabels: ['contract.a', 'contract.b', 'contract.c'] })
      expect(await look()).toEqual(labels)
    })

    it('lose none of those that come at the same time', async () => {
      const bench = open()
      const { id, labels } = await findFollower(bench)
      const keys = ['contract.a', 'contract.b', 'contract.c']
      await Promise.all(keys.map((key) => change(bench, id, { labels: { [key]: '1' } })))
      const seen = (await find(bench, (node) => node.id === id)).labels
      await change(bench, id, { removedLabels: keys })
      expect(seen).toEqual({ ...labels, ...Object.fromEntries(keys.map((key) => [key, '1'])) })
    })

    it('say whether a node takes tasks', async () => {
      const bench = open()
      const { id } = await findFollower(bench)
      const look = async (): Promise<unknown> => (await find(bench, (node) => node.id === id)).availability
      for (const availability of ['drain', 'pause', 'active'] as const) {
        await change(bench, id, { availability })
        expect(await look()).toBe(availability)
      }
    })

    it('are refused of a node that is not there', async () => {
      const refused = change(open(), 'nosuchnode', { availability: 'drain' })
      await expect(refused).rejects.toMatchObject({ code: 'not-found' })
    })
  })

  it('a server that wants to join is told a token of workers, and where each manager is', async () => {
    const { world, signal } = open()
    const { workerToken, managers } = await world.engine.admission(signal)
    expect(workerToken).toMatch(/^SWMTKN-/)
    const nodes = await world.engine.nodes(signal)
    const known = nodes.filter(({ isManager }) => isManager).map(({ address }) => `${address}:2377`)
    expect(managers.toSorted()).toEqual(known.toSorted())
  })

  describe('removing a node', () => {
    it('is refused of a manager and, unless it is forced, of one that is ready', async () => {
      const bench = open()
      const { world, signal } = bench
      const remove = (id: string, isForced: boolean): Promise<void> => world.engine.removeNode(id, { isForced }, signal)
      const { id } = await findFollower(bench)
      await expect(remove(id, true)).rejects.toMatchObject({ code: 'refused', retry: false })
      await world.engine.changeRole(id, 'worker', signal)
      await expect(remove(id, false)).rejects.toMatchObject({ code: 'refused', retry: false })
      await world.engine.changeRole(id, 'manager', signal)
      expect(await find(bench, (node) => node.id === id)).toMatchObject({ isManager: true, state: 'ready' })
    })

    it('is done when it is not there', async () => {
      const { world, signal } = open()
      const removed = world.engine.removeNode('nosuchnode', { isForced: false }, signal)
      await expect(removed).resolves.toBeUndefined()
    })
  })
}
