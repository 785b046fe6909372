import { createApp, createFile, createService, createVolumeMount } from './fixtures.ts'
import type { Action, Desired } from './action.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { createObservedNode, createObservedWorld, simulate } from './simulate.ts'

/** Planning `N` services on 20 nodes. */
export interface PlanTiming {
  readonly name: `plan.${number}`
  /** The slowest of three: a first plan, one of a change to every tenth service, one with nothing to do. */
  readonly ms: number
  /** A round trip of the same app through JSON, which is what merely handing it on costs. */
  readonly otherMs: number
}

const sizes = [10, 100, 500, 1_000, 2_000]
const rounds = 7

/** Median times; `now` is a clock in milliseconds with fractions. */
export const benchPlan = (now: () => number, counts: readonly number[] = sizes): readonly PlanTiming[] => {
  // The first runs of a program are those of its compiler.
  measurePlans(100, now)
  return counts.map((size) => ({ name: `plan.${size}`, ...measurePlans(size, now) }))
}

const measurePlans = (size: number, now: () => number): Pick<PlanTiming, 'ms' | 'otherMs'> => {
  const nodes = Array.from({ length: 20 }, (_, index) => createObservedNode(`node-${index + 1}`))
  const empty = createObservedWorld(nodes)
  const before = createDesired(size, 'image:1')
  const after = createDesired(size, 'image:2')
  const converged = converge(plan(before, empty, 0), empty)
  const situations = [
    [before, empty],
    [after, converged],
    [before, converged],
  ] as const
  return {
    ms: Math.max(...situations.map(([desired, observed]) => measure(() => plan(desired, observed, 0), now))),
    otherMs: measure(() => JSON.parse(JSON.stringify(before.app)), now),
  }
}

/** Services at once, because one by one each would copy all before it. */
const converge = (actions: readonly Action[], empty: Observed): Observed => {
  const isService = (action: Action): boolean => action.kind === 'create-service'
  const world = actions
    .filter((action) => !isService(action))
    .reduce((world, action) => simulate(world, action, 1), empty)
  const services = actions.flatMap((action) => (isService(action) ? simulate(empty, action, 1).services : []))
  return { ...world, services }
}

const measure = (run: () => unknown, now: () => number): number => {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = now()
    run()
    return now() - startedAt
  })
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
}

/** Every tenth service has another image, a volume or a dependency; all have variables, a network and a config. */
const createDesired = (size: number, image: string): Desired => {
  const config = createFile('settings', 'ab12')
  const reference = {
    name: 'settings',
    engineName: config.engineName,
    target: '/settings',
    uid: '0',
    gid: '0',
    mode: 0o444,
  }
  const services = Array.from({ length: size }, (_, index) =>
    createService(`service-${index}`, {
      image: index % 10 === 0 ? image : 'image:1',
      environment: Object.fromEntries(Array.from({ length: 12 }, (_, key) => [`KEY_${key}`, `value ${index} ${key}`])),
      networks: [{ network: 'back', engineName: 'shop_test_back', aliases: [], driverOptions: {} }],
      configs: [reference],
      mounts: index % 10 === 1 ? [createVolumeMount(`data-${index}`)] : [],
      dependsOn:
        index % 10 === 2
          ? [{ service: `service-${index - 1}`, condition: 'healthy', isRequired: true, restarts: true }]
          : [],
    }),
  )
  return { app: createApp(services, { configs: [config] }), release: 2, keep: [] }
}
