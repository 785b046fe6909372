import type { Service } from '@atoll/spec'
import { expect, it } from 'vitest'
import { countServices } from './count-services.ts'
import type { CountedService, ServicesCount } from './count-services.ts'
import { createService } from './fixtures.ts'
import type { ObservedService, ObservedTask } from './observed.ts'
import { createObserved, createObservedNode } from './simulate.ts'

const nodes = [createObservedNode('a'), createObservedNode('b', { state: 'down' })]
const pair = createService('web', { mode: { kind: 'replicated', replicas: 2 } })
const job = createService('job', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
const paused: ObservedService['update'] = { state: 'paused', message: 'one of them died' }

const observe = (
  definition: Service,
  tasks: readonly Partial<ObservedTask>[],
  change: Partial<CountedService> = {},
): CountedService => {
  const [task] = createObserved(createService('any'), { release: 1, nodeId: 'a-id' }).tasks
  if (task === undefined) throw new Error('a service that runs has a task')
  const made = tasks.map((each, index) => ({ ...task, slot: index + 1, ...each }))
  return { definition, tasks: made, ...change }
}

const ended = { state: 'complete', desired: 'shutdown' } as const
type Case = readonly [what: string, service: CountedService, count: Omit<ServicesCount, 'services'>]
const cases: readonly Case[] = [
  ['all run', observe(pair, [{}, {}]), { wanted: 2, tasks: 2, good: 1 }],
  ['one is missing', observe(pair, [{}]), { wanted: 2, tasks: 1, good: 0 }],
  ['one is on a node that does not answer', observe(pair, [{}, { nodeId: 'b-id' }]), { wanted: 2, tasks: 1, good: 0 }],
  ['one is to go', observe(pair, [{}, { desired: 'shutdown' }]), { wanted: 2, tasks: 1, good: 0 }],
  ['one is of before, and runs', observe(pair, [{}, { isCurrent: false }]), { wanted: 2, tasks: 2, good: 1 }],
  ['the engine has stopped its update', observe(pair, [{}, {}], { update: paused }), { wanted: 2, tasks: 2, good: 0 }],
  [
    'none is wanted',
    observe({ ...pair, mode: { kind: 'replicated', replicas: 0 } }, []),
    { wanted: 0, tasks: 0, good: 1 },
  ],
  [
    'one on each node that takes it',
    observe({ ...pair, mode: { kind: 'global' } }, [{}]),
    { wanted: 1, tasks: 1, good: 1 },
  ],
  ['a job has ended well', observe(job, [ended], { update: paused }), { wanted: 1, tasks: 1, good: 1 }],
  ['a job runs', observe(job, [{}]), { wanted: 1, tasks: 0, good: 0 }],
  [
    'it is done for good',
    observe({ ...pair, restart: { condition: 'none' } }, [ended, ended]),
    { wanted: 2, tasks: 2, good: 1 },
  ],
  [
    'it is done, and comes again',
    observe({ ...pair, restart: { condition: 'any' } }, [ended, ended]),
    { wanted: 2, tasks: 0, good: 0 },
  ],
]

it.each(cases)('counts a service of which %s', (_what, service, count) => {
  expect(countServices([service], { nodes })).toEqual({ services: 1, ...count })
})

it('nothing is wanted of what cannot be read, and it is not good', () => {
  const { definition: _unreadable, ...unknown } = observe(pair, [{}, {}])
  expect(countServices([unknown], { nodes })).toEqual({ services: 1, good: 0, wanted: 0, tasks: 0 })
})

it('adds services up', () => {
  const all = cases.map(([, service]) => service)
  const sum = (key: keyof Case[2]): number => cases.reduce((total, [, , count]) => total + count[key], 0)
  const expected = { services: all.length, wanted: sum('wanted'), tasks: sum('tasks'), good: sum('good') }
  expect(countServices(all, { nodes })).toEqual(expected)
  expect(countServices([], { nodes })).toEqual({ services: 0, good: 0, wanted: 0, tasks: 0 })
})
