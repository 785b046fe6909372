import type { Route, RouteTarget } from '@atoll/spec'
import type { Endpoint, IngressSettings, RoutedEnvironment, Slot } from '../table.ts'

/** Least places of a service: one task, and one more while it is updated. Each costs every ingress 5 KB. */
const FEWEST = 2
const HEAVIEST = 256

/**
 * Places for the tasks of a route, with room to spare: tasks come and go without a reload.
 * Weights give each service its part, however many tasks it has.
 */
export const slotsOf = (
  targets: readonly RouteTarget[],
  { endpoints, mostTasks = {} }: Pick<RoutedEnvironment, 'endpoints' | 'mostTasks'>,
): readonly Slot[] => {
  const placed = targets.map((target) => ({ ...target, tasks: tasksOf(endpoints, target.service) }))
  const parts = placed.map(({ weight, tasks }) => weight / Math.max(1, countReady(tasks)))
  const heaviest = Math.max(...parts)
  return placed.flatMap((target, index) => {
    const part = parts[index] ?? 0
    const weight = part === 0 ? 0 : Math.max(1, Math.round((part / heaviest) * HEAVIEST))
    const count = countSlots(countPlaces(target.tasks.length, mostTasks[target.service]))
    return Array.from({ length: count }, (_, at) => slotOf(target, at, weight))
  })
}

const tasksOf = (endpoints: Readonly<Record<string, readonly Endpoint[]>>, service: string): readonly Endpoint[] =>
  (Object.hasOwn(endpoints, service) ? (endpoints[service] ?? []) : []).toSorted((a, b) => (a.id < b.id ? -1 : 1))

const countReady = (tasks: readonly Endpoint[]): number => tasks.filter(({ state }) => state === 'ready').length

/** For as many tasks as there may be; where nobody knows, for one more, which starts before another stops. */
export const countPlaces = (tasks: number, mostTasks = tasks + 1): number => Math.max(tasks, mostTasks)

/** A power of two, so that the number seldom changes. */
const countSlots = (places: number): number => {
  let slots = FEWEST
  while (slots < places) slots *= 2
  return slots
}

const slotOf = (target: RouteTarget & { readonly tasks: readonly Endpoint[] }, at: number, weight: number): Slot => {
  const { service, port } = target
  const task = target.tasks[at]
  const slot = { name: `${service}-${at + 1}`, service, port, weight }
  return task === undefined
    ? { ...slot, address: '0.0.0.0', state: 'maint' }
    : { ...slot, task: task.id, address: task.address, state: task.state === 'draining' ? 'drain' : 'ready' }
}

/** A task that was asked in vain twice is out, and in again once it answers. */
export const renderChecks = ({ checkEveryMs }: IngressSettings): string =>
  `  default-server check inter ${checkEveryMs} fastinter ${Math.ceil(checkEveryMs / 4)} fall 2 rise 1`

/** Checks, and how a connection to a task begins. */
export const renderDefaults = (settings: IngressSettings, route: Route): string =>
  [
    renderChecks(settings),
    ...connectionWords(route),
    // A task that expects it would take the question for an attack.
    ...(route.proxyProtocol === undefined ? [] : ['check-send-proxy']),
  ].join(' ')

/** How a connection to a task begins. */
export const connectionWords = (route: Route): readonly string[] => [
  ...(route.kind === 'http' && route.protocol === 'h2c' ? ['proto h2'] : []),
  ...(route.proxyProtocol === undefined ? [] : [proxyWords[route.proxyProtocol]]),
]

const proxyWords = { v1: 'send-proxy', v2: 'send-proxy-v2' } as const

/** Who acknowledges nothing of what it is sent for so long is gone, and no packet says so. */
const silentMs = 5_000

/**
 * A task that drains gets nothing new by weighing nothing: a configuration knows no other word for it. That of a request that
 * got lost stands here, for HAProxy 2.6 takes `tcp-ut` of a default-server and forgets it.
 * `tracked`: the backend that finds out whether the task can be asked.
 */
export const renderSlot = (
  { name, address, port, state, weight }: Slot,
  kind: Route['kind'],
  tracked?: string,
): string => {
  const place = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const rest = `${kind === 'http' ? ` tcp-ut ${silentMs}` : ''}${state === 'maint' ? ' disabled' : ''}${tracked === undefined ? '' : ` track ${tracked}/${name}`}`
  return `  server ${name} ${place} weight ${state === 'drain' ? 0 : weight}${rest}`
}
