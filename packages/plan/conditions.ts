import type { Dependency, Service } from '@atoll/spec'
import { eligibleNodes } from './exclusions.ts'
import type { ObservedNode, ObservedService, ObservedTask } from './observed.ts'

type Condition = Dependency['condition']

/** As far as a task is looked at where tasks are counted. */
export type CountedTask = Pick<ObservedTask, 'isCurrent' | 'state' | 'desired' | 'createdAtMs'> & {
  readonly slot?: number | undefined
  readonly nodeId?: string | undefined
}

/** How many tasks of a service there should be. */
export const wantedTasks = (service: Service, nodes: readonly ObservedNode[]): number => {
  switch (service.mode.kind) {
    case 'replicated':
      return service.mode.replicas
    case 'once':
      return service.mode.completions
    case 'global':
    case 'once-per-node':
      return eligibleNodes(service, nodes).length
  }
}

/**
 * Whether the tasks of the service's present definition satisfy what a dependent waits for. `started`: one of them has
 * begun. `healthy`: all wanted ones run (the engine lets a task with a health check enter `running` only once healthy).
 * `completed`: all wanted ones ended well. A service of which no task is wanted keeps nobody waiting.
 */
export const isConditionMet = (
  condition: Condition,
  service: Service,
  observed: { readonly service: ObservedService | undefined; readonly nodes: readonly ObservedNode[] },
): boolean => {
  if (observed.service === undefined) return false
  const wanted = wantedTasks(service, observed.nodes)
  const current = observed.service.tasks.filter((task) => task.isCurrent)
  const completed = findCompleted(observed.service)
  switch (condition) {
    case 'started':
      return wanted === 0 || current.some(hasStarted)
    case 'healthy':
      return current.filter(isRunning).length + completed.length >= wanted
    case 'completed':
      return completed.length >= wanted
  }
}

/** Those of the newest tasks that ended well. */
export const findCompleted = <T extends CountedTask>(service: { readonly tasks: readonly T[] }): readonly T[] =>
  findNewest(service).filter(({ state }) => state === 'complete')

/**
 * Of each slot (each node, where every node has one) the newest task of the present definition. What runs once has older ones
 * beside it when the service has had this definition before.
 */
export const findNewest = <T extends CountedTask>({ tasks }: { readonly tasks: readonly T[] }): readonly T[] => {
  const newestFirst = tasks.filter((task) => task.isCurrent).toSorted((a, b) => b.createdAtMs - a.createdAtMs)
  const slots = new Map<number | string, T>()
  for (const task of newestFirst) {
    if (!slots.has(slotOf(task))) slots.set(slotOf(task), task)
  }
  return [...slots.values()]
}

/** What tells tasks apart that take each other's place: a number, or the node where every node has one. */
export const slotOf = ({ slot, nodeId }: Pick<CountedTask, 'slot' | 'nodeId'>): number | string => slot ?? nodeId ?? ''

const isRunning = ({ state, desired }: ObservedTask): boolean => state === 'running' && desired === 'running'

const hasStarted = (task: ObservedTask): boolean =>
  isRunning(task) || task.state === 'starting' || task.state === 'complete'
