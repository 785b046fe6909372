import type { ObservedNode, Occupancy, PlacedTask } from '@atoll/plan'
import { toPlacingRules, whatIf } from '@atoll/plan'
import { createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { watchLoss } from './measure-loss.ts'

const node = (name: string, state: ObservedNode['state'] = 'ready'): ObservedNode => ({
  id: name,
  name,
  isManager: true,
  isLeader: false,
  state,
  availability: 'active',
  labels: {},
  engineVersion: '',
  engineLabels: {},
  os: 'linux',
  architecture: 'x86_64',
  address: '',
  nanoCpus: 1e9,
  memoryBytes: 1e9,
})
const task = (nodeId: string, change: Partial<PlacedTask> = {}): PlacedTask => ({
  nodeId,
  isWanted: true,
  isRunning: true,
  ...change,
})
const world = (tasks: readonly PlacedTask[], state?: ObservedNode['state']): Occupancy => {
  const web = createService('web', { mode: { kind: 'replicated', replicas: 2 } })
  const ref = { app: 'shop', environment: 'test' }
  const service = { ref, name: 'web', engineName: web.engineName, rules: toPlacingRules(web), tasks }
  return { nodes: [node('a', state), node('b'), node('c')], services: [service] }
}
const before = world([task('a'), task('b')])
const open = () => watchLoss('a', before, whatIf(before, ['a']))
const left = task('a', { isWanted: false })

it('takes each time once: missed, given other nodes, running there, back', () => {
  const watch = open()
  watch.see(250, before)
  watch.see(17_000, world([task('a'), task('b')], 'down'))
  watch.see(17_500, world([left, task('b'), task('c', { isRunning: false })], 'down'))
  watch.see(19_000, world([left, task('b'), task('c')], 'down'))
  watch.see(20_000, world([left, task('b'), task('c')], 'down'))
  expect(watch.isOver()).toBe(false)
  watch.see(91_000, world([task('b'), task('c')]))
  expect(watch.isOver()).toBe(true)
  const times = { detectedMs: 17_000, rescheduledMs: 17_500, wholeMs: 19_000, backMs: 91_000 }
  expect(watch.measured()).toEqual({ ...times, silentMs: 71_000 })
})

it('counts how long no manager answered, and no time before the loss was seen', () => {
  const watch = open()
  watch.see(1_000, before)
  watch.see(9_000, undefined)
  watch.see(21_000, undefined)
  watch.see(22_000, before)
  expect(watch.measured()).toEqual({ silentMs: 21_000 })
  expect(watch.isOver()).toBe(false)
})
