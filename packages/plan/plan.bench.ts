import { createApp, createFile, createService, createVolumeMount } from './arbitraries.ts'
import type { Desired } from './action.ts'
import { plan } from './plan.ts'
import { createObserved, createObservedNode, createObservedWorld } from './simulate.ts'

/** One figure of the bench: planning a change of one service in ten among `N` services on 20 nodes. */
export interface PlanTiming {
  readonly name: `plan.${number}`
  readonly ms: number
}

const sizes = [10, 100, 500, 1_000, 2_000]
const rounds = 7

/** Median times of `plan`; `now` is a clock in milliseconds with fractions. */
export const benchPlan = (now: () => number): readonly PlanTiming[] =>
  sizes.map((size) => ({ name: `plan.${size}`, ms: measure(size, now) }))

const measure = (size: number, now: () => number): number => {
  const before = createDesired(size, 'image:1')
  const observed = createObservedWorld(
    Array.from({ length: 20 }, (_, index) => createObservedNode(`node-${index + 1}`)),
    { services: before.app.services.map((service) => createObserved(service, { release: 1, nodeId: 'node-1-id' })) },
  )
  const after = createDesired(size, 'image:2')
  const times = Array.from({ length: rounds }, () => {
    const startedAt = now()
    plan(after, observed, 0)
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
