import type { App, Service } from '@atoll/spec'
import type { Action, Desired } from './action.ts'
import { createApp } from './fixtures.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { createObservedNode, createObservedWorld, simulate } from './simulate.ts'

/** Three equal nodes and nothing on them: where the tables of tests begin. */
export const nodes = ['a', 'b', 'c'].map((name) => createObservedNode(name))
export const empty = createObservedWorld(nodes)
export const laterMs = 100_000

export const want = (services: readonly Service[], change: Partial<App> = {}, release = 1): Desired => ({
  app: createApp(services, change),
  release,
  keep: [],
})

export const applyAll = (observed: Observed, actions: readonly Action[], release = 1): Observed =>
  actions.reduce((world, action) => simulate(world, action, release), observed)

export const converge = (desired: Desired, observed: Observed = empty): Observed =>
  applyAll(observed, plan(desired, observed, laterMs), desired.release)

/** A plan in short: what is done, to what. */
export const words = (actions: readonly Action[]): readonly string[] => actions.map(describeAction)

const describeAction = (action: Action): string => {
  if (action.kind === 'await-service') return `await ${action.service} ${action.condition}`
  if ('network' in action) return `${action.kind} ${action.network.name}`
  if ('file' in action) return `${action.kind} ${action.file.engineName}`
  if ('volume' in action) return `${action.kind} ${action.volume.name} ${action.nodeName}`
  return `${action.kind} ${'service' in action ? action.service.name : action.engineName}`
}

export const changedFields = (actions: readonly Action[]): readonly string[] =>
  actions.flatMap((action) => ('changes' in action ? action.changes.map((change) => change.field) : []))

export const waitsFor = (
  service: string,
  condition: 'started' | 'healthy' | 'completed' = 'healthy',
  restarts = false,
): Pick<Service, 'dependsOn'> => ({ dependsOn: [{ service, condition, isRequired: true, restarts }] })

export const replicated = (replicas: number): Pick<Service, 'mode'> => ({ mode: { kind: 'replicated', replicas } })

export const attached: Pick<Service, 'networks'> = {
  networks: [{ network: 'back', engineName: 'shop_test_back', aliases: [], driverOptions: {} }],
}
