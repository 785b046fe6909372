import type { Dependency, Service } from '@atoll/spec'
import { eligibleNodes } from './exclusions.ts'
import type { ObservedNode, ObservedService, ObservedTask } from './observed.ts'

type Condition = Dependency['condition']

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
  switch (condition) {
    case 'started':
      return wanted === 0 || current.some(hasStarted)
    case 'healthy':
      return current.filter((task) => isRunning(task) || task.state === 'complete').length >= wanted
    case 'completed':
      return current.filter((task) => task.state === 'complete').length >= wanted
  }
}

const isRunning = ({ state, desired }: ObservedTask): boolean => state === 'running' && desired === 'running'

const hasStarted = (task: ObservedTask): boolean =>
  isRunning(task) || task.state === 'starting' || task.state === 'complete'
