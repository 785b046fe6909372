import { describe, expect, it } from 'vitest'
import type { Dependency, Service } from '@atoll/spec'
import { createService } from './fixtures.ts'
import { isConditionMet, wantedTasks } from './conditions.ts'
import type { ObservedTask } from './observed.ts'
import { createObserved, createObservedNode } from './simulate.ts'

const nodes = ['a', 'b'].map((name) => createObservedNode(name))

type Case = readonly [condition: Dependency['condition'], tasks: readonly Partial<ObservedTask>[], isMet: boolean]

const isMet = (
  service: Service,
  condition: Dependency['condition'],
  tasks: readonly Partial<ObservedTask>[],
): boolean => {
  const observed = createObserved(service, { release: 1, nodeId: 'a-id' })
  const [task] = createObserved(createService('any'), { release: 1, nodeId: 'a-id' }).tasks
  const made = task === undefined ? [] : tasks.map((change) => ({ ...task, ...change }))
  return isConditionMet(condition, service, { service: { ...observed, tasks: made }, nodes })
}

describe('a condition', () => {
  const pair = createService('db', { mode: { kind: 'replicated', replicas: 2 } })
  const cases: readonly Case[] = [
    ['started', [], false],
    ['started', [{ state: 'preparing' }], false],
    ['started', [{ state: 'starting' }], true],
    ['started', [{ isCurrent: false }], false],
    ['healthy', [{}], false],
    ['healthy', [{}, {}], true],
    ['healthy', [{}, { isCurrent: false }], false],
    ['healthy', [{}, { desired: 'shutdown' }], false],
    ['healthy', [{}, { state: 'starting' }], false],
  ]
  it.each(cases)('%s of two tasks %j is met: %s', (condition, tasks, expected) => {
    expect(isMet(pair, condition, tasks)).toBe(expected)
  })

  it('of a job is met once it ended well', () => {
    const job = createService('job', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
    expect(isMet(job, 'completed', [{ state: 'running' }])).toBe(false)
    expect(isMet(job, 'completed', [{ state: 'failed' }])).toBe(false)
    expect(isMet(job, 'completed', [{ state: 'complete', isCurrent: false }])).toBe(false)
    expect(isMet(job, 'completed', [{ state: 'complete', desired: 'complete' }])).toBe(true)
  })

  it('keeps nobody waiting for a service scaled to nothing, but for one that is not there', () => {
    const none = createService('db', { mode: { kind: 'replicated', replicas: 0 } })
    expect(isMet(none, 'started', [])).toBe(true)
    expect(isMet(none, 'healthy', [])).toBe(true)
    expect(isConditionMet('healthy', none, { service: undefined, nodes })).toBe(false)
  })
})

describe('the number of tasks wanted', () => {
  it('of a global service is that of the nodes that can take it', () => {
    const service = createService('agent', { mode: { kind: 'global' } })
    expect(wantedTasks(service, nodes)).toBe(2)
    expect(wantedTasks(service, [...nodes, createObservedNode('c', { availability: 'drain' })])).toBe(2)
  })
})
