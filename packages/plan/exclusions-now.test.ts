import { expect, it } from 'vitest'
import { exclusionsNow } from './exclusions-now.ts'
import { createService } from './fixtures.ts'
import { createObserved, createObservedNode, createObservedWorld } from './simulate.ts'

const MiB = 1024 ** 2
const reserving = (name: string, memoryBytes: number, nanoCpus = 0) =>
  createService(name, { resources: { limits: {}, reservations: { memoryBytes, nanoCpus } } })

const nodes = [
  createObservedNode('node-1', { memoryBytes: 2048 * MiB }),
  createObservedNode('node-2', { memoryBytes: 2048 * MiB }),
  createObservedNode('node-3', { memoryBytes: 256 * MiB }),
  createObservedNode('node-4', { state: 'down' }),
]
const db = createObserved(reserving('db', 1848 * MiB, 1.5e9), { release: 1, nodeId: 'node-1-id' })
const tell = (memoryBytes: number, nanoCpus = 0, services = [db]): readonly string[] =>
  exclusionsNow(reserving('web', memoryBytes, nanoCpus), createObservedWorld(nodes, { services })).map(
    ({ node, reason }) => `${node} ${reason}`,
  )

it('count what is reserved on a node already, and say how much may be left', () => {
  expect(tell(512 * MiB)).toEqual([
    'node-1 512 MiB of memory wanted, at most 200 MiB of 2 GiB left',
    'node-3 has 256 MiB of memory, 512 MiB are reserved',
    'node-4 is down',
  ])
  expect(tell(128 * MiB, 1e9)).toEqual([
    'node-1 1 processor wanted, at most 0.5 processors of 2 processors left',
    'node-4 is down',
  ])
})

it('count no task that has ended, and nothing for who reserves nothing', () => {
  const ended = { ...db, tasks: db.tasks.map((task) => ({ ...task, state: 'complete' as const })) }
  expect(tell(200 * MiB, 0, [ended])).toEqual(['node-4 is down'])
  expect(tell(0)).toEqual(['node-4 is down'])
})
