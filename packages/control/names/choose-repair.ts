import type { NameRepair } from '@atoll/deploy'
import type { NamedService } from '@atoll/engine'
import { limits } from '../limits.ts'
import type { Suspicion } from './judge-names.ts'
import { countRecent } from './render-trouble.ts'

export interface Repair {
  readonly service: string
  /** `not found by its name on node-3`. */
  readonly reason: string
}

export interface RepairQuestion {
  readonly suspicion: Suspicion
  readonly node: string
  /** Of the environment, oldest first. */
  readonly repairs: readonly NameRepair[]
  readonly services: readonly NamedService[]
  readonly nowMs: number
}

/**
 * What is restarted for a name that leads nowhere; undefined while nothing is. First the service itself: its new tasks are made
 * known to every node. When that did not help, a service that runs beside on the node whose table is stale, in the same
 * network. Each at most once an hour, and not for ever. Where a restart would run jobs again a person has to decide.
 */
export const chooseRepair = ({ suspicion, node, repairs, services, nowMs }: RepairQuestion): Repair | undefined => {
  if (suspicion.kind === 'incomplete' || suspicion.service.isBesideJobs) return undefined
  const { pauseMs, mostRepairs, lookAgainMs } = limits.names
  const own = repairs.filter(({ service }) => service === suspicion.service.service)
  if (countRecent(own, nowMs) >= mostRepairs) return undefined
  const lastMs = own.at(-1)?.atMs ?? -Infinity
  if (nowMs - lastMs >= pauseMs) {
    return { service: suspicion.service.service, reason: `not found by its name on ${node}` }
  }
  if (nowMs - lastMs < lookAgainMs) return undefined
  const beside = findBeside(suspicion, services)
  const next = beside.find((service) => repairs.every((done) => done.service !== service || isOld(done, nowMs)))
  return next === undefined
    ? undefined
    : { service: next, reason: `${suspicion.service.service} is not found by its name on ${node}` }
}

const isOld = ({ atMs }: NameRepair, nowMs: number): boolean => nowMs - atMs >= limits.names.pauseMs

/** Of the same environment: nobody else's app is restarted for this one's sake. */
const findBeside = ({ service, nodeId, networkId }: Suspicion, services: readonly NamedService[]): readonly string[] =>
  services
    .filter(({ app, environment }) => app === service.app && environment === service.environment)
    .filter((other) => other.service !== service.service)
    .filter(({ tasks }) => tasks.some((task) => task.isUp && task.nodeId === nodeId && task.networkId === networkId))
    .map((other) => other.service)
    .sort()
