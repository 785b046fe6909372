import type { Service } from '@atoll/spec'
import { findCompleted, wantedTasks } from './conditions.ts'
import type { CountedTask } from './conditions.ts'
import type { Observed, ObservedNode, ObservedService } from './observed.ts'

/** What a list tells of an environment. */
export interface ServicesCount {
  readonly services: number
  /** Services that are as they should be. */
  readonly good: number
  /** Tasks that there should be. */
  readonly wanted: number
  /** Those of them that run or have done what they were to do. */
  readonly tasks: number
}

/** As far as counting looks at a service. */
export type CountedService = Pick<ObservedService, 'definition' | 'update'> & HasTasks<CountedTask>

interface HasTasks<T> {
  readonly tasks: readonly T[]
}

export const countServices = (
  services: readonly CountedService[],
  observed: Pick<Observed, 'nodes'>,
): ServicesCount => {
  const ready = readyNodes(observed)
  const counts = services.map((service) => countService(service, { ready, nodes: observed.nodes }))
  const sum = (key: 'wanted' | 'tasks'): number => counts.reduce((total, count) => total + count[key], 0)
  return {
    services: services.length,
    good: counts.filter(({ isGood }) => isGood).length,
    wanted: sum('wanted'),
    tasks: sum('tasks'),
  }
}

interface Where {
  readonly ready: ReadonlySet<string>
  readonly nodes: readonly ObservedNode[]
}

const countService = (
  service: CountedService,
  { ready, nodes }: Where,
): { readonly wanted: number; readonly tasks: number; readonly isGood: boolean } => {
  const { definition, update } = service
  if (definition === undefined) return { wanted: 0, tasks: 0, isGood: false }
  const wanted = wantedTasks(definition, nodes)
  const tasks = findGood(definition, service, ready).length
  const isStopped = update?.state === 'paused' && !isJob(definition)
  return { wanted, tasks, isGood: wanted === 0 || (tasks >= wanted && !isStopped) }
}

/** Tasks that count: of a job its completions, of anything else what is up, and what has done what it was to do. */
export const findGood = <T extends CountedTask>(
  definition: Service,
  found: HasTasks<T>,
  ready: ReadonlySet<string>,
): readonly T[] =>
  isJob(definition)
    ? findCompleted(found)
    : [...found.tasks.filter((task) => isUp(task, ready)), ...findFinished(definition, found)]

/** Runs to completion instead of forever. */
export const isJob = ({ mode }: Service): boolean => mode.kind === 'once' || mode.kind === 'once-per-node'

/** Of a node that does not answer the engine only knows what was, for as long as it waits for it. */
export const isUp = ({ state, desired, nodeId = '' }: CountedTask, ready: ReadonlySet<string>): boolean =>
  state === 'running' && desired === 'running' && ready.has(nodeId)

/** A service that is not restarted after it ended well has done what it was to do. */
export const findFinished = <T extends CountedTask>({ restart }: Service, found: HasTasks<T>): readonly T[] =>
  restart.condition === 'any' ? [] : findCompleted(found)

/** Ids of the nodes that answer. */
export const readyNodes = ({ nodes }: Pick<Observed, 'nodes'>): ReadonlySet<string> =>
  new Set(nodes.filter((node) => node.state === 'ready').map((node) => node.id))
