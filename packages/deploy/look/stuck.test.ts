import { expect, it } from 'vitest'
import type { ObservedTask } from '@atoll/plan'
import { node, observe, task, web } from '../judge/sample.ts'
import { explainService } from './stuck.ts'

const beganMs = 1_000_000

const explain = (change: Partial<ObservedTask>, standsMs: number) => {
  const observed = observe(web, [task('a', { message: '', sinceMs: beganMs, ...change })], { nodes: [node(1)] })
  const [service] = observed.services
  if (service === undefined) throw new Error('there is none')
  return explainService(service, observed, beganMs + standsMs)
}

it.each<[Partial<ObservedTask>, string, string]>([
  [{ state: 'new' }, 'got no address in its networks for 90 s', 'a subnet is too small'],
  [{ state: 'pending' }, 'was not placed on any node for 90 s', 'managers may have no leader'],
  [{ state: 'assigned' }, 'lies at node-1 for 90 s, which does not begin with it', 'drain node-1'],
  [{ state: 'accepted' }, 'lies at node-1 for 90 s', 'Restart the engine'],
  [{ state: 'preparing' }, 'is being prepared on node-1 for 90 s', 'pulls its image'],
  [{ state: 'starting' }, 'is starting on node-1 for 90 s', 'health check'],
])('a task that stands as %o is told with what to do', (change, what, hint) => {
  const told = explain(change, 90_000)
  expect(told.why).toEqual([expect.stringContaining(what)])
  expect(told.hint).toContain(hint)
  expect(explain(change, 5_000)).toEqual({ why: [] })
})

it('words of the engine are told in plain ones, at once, with its own beside them', () => {
  const error = 'no suitable node (insufficient resources on 3 nodes)'
  expect(explain({ state: 'pending', error }, 0)).toEqual({
    why: [`found no node with as much memory and processors left as it reserves (${error})`],
    hint: 'lower deploy.resources.reservations, make room, or add a node',
  })
  const died = { state: 'failed', desired: 'shutdown', error: 'task: non-zero exit (3)' } as const
  expect(explain(died, 0)).toEqual({ why: ['task: non-zero exit (3)'] })
})

it('nothing stands at a node that does not answer: its tasks are placed elsewhere', () => {
  const observed = observe(web, [task('a', { state: 'assigned', sinceMs: beganMs, message: '' })], {
    nodes: [node(1, { state: 'down' })],
  })
  expect(explainService(observed.services[0]!, observed, beganMs + 90_000).why).toEqual([])
})
