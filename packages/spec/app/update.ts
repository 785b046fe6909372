import type { Healthcheck, Mode, Mount, Port, UpdatePolicy } from '../app.ts'
import { nextVerdictMs } from './health.ts'
import { checkKeys, honoured } from './keys.ts'
import { countOf, durationMsOf } from './quantities.ts'
import { at, numberOf, refuse, textOf, warn, type Source } from './source.ts'

export const updateKeys = honoured('delay', 'failure_action', 'max_failure_ratio', 'monitor', 'order', 'parallelism')

/** Swarm's own default: a task that dies within it is a failed update. */
const MONITOR_MS = 5_000
/** Beyond this a deploy would only be slow; who needs longer says so. */
const LONGEST_MONITOR_MS = 30_000

/** What dies for a missing file or variable has died by then. */
const PROVING_MS = 2_000

/** What of a service decides how careful an update must be. */
export interface Shape {
  readonly mode: Mode
  readonly mounts: readonly Mount[]
  readonly ports: readonly Port[]
  readonly healthcheck?: Healthcheck
}

/** `deploy.update_config` or `deploy.rollback_config`, filled in as a careful operator would. */
export const updatePolicyOf = (source: Source, shape: Shape): UpdatePolicy => {
  checkKeys(source, updateKeys)
  const monitorMs = durationMsOf(at(source, 'monitor')) ?? defaultMonitorMs(shape.healthcheck)
  return {
    parallelism: countOf(at(source, 'parallelism')) ?? 1,
    delayMs: durationMsOf(at(source, 'delay')) ?? Math.min(defaultDelayMs(shape), monitorMs),
    monitorMs,
    maxFailureRatio: numberOf(at(source, 'max_failure_ratio')) ?? 0,
    order: orderOf(at(source, 'order'), shape),
    failureAction: failureActionOf(at(source, 'failure_action')),
  }
}

/** The engine counts a task as running once it is healthy; one that turns unhealthy right after is still to be seen. */
const defaultMonitorMs = (healthcheck: Healthcheck | undefined): number =>
  Math.min(Math.max(MONITOR_MS, nextVerdictMs(healthcheck)), LONGEST_MONITOR_MS)

/**
 * Without a health check the engine calls a task running before its program has done anything, and would stop the old
 * tasks one behind the other within a second.
 */
const defaultDelayMs = ({ healthcheck, mode }: Shape): number =>
  nextVerdictMs(healthcheck) > 0 || (mode.kind === 'replicated' && mode.replicas <= 1) ? 0 : PROVING_MS

const orderOf = (source: Source, shape: Shape): UpdatePolicy['order'] => {
  const order = textOf(source) ?? ''
  if (order === 'start-first' || order === 'stop-first') return order
  if (order !== '') refuse(source, `the order ${order} does not exist`, 'use start-first or stop-first')
  return isShared(shape) ? 'stop-first' : 'start-first'
}

/** True when two tasks at once would write the same data or want the same port of a node. */
const isShared = ({ mounts, ports }: Shape): boolean =>
  ports.some(({ mode, published }) => mode === 'host' && published !== undefined) ||
  mounts.some(
    (mount) => !mount.isReadOnly && (mount.kind === 'volume' || (mount.kind === 'bind' && isData(mount.source))),
  )

/** A socket or a device is made for several users. */
const isData = (path: string): boolean => !path.endsWith('.sock') && !/^\/(?:dev|proc|sys)(?:\/|$)/.test(path)

/** The engine only stops a bad update; Atoll then takes the whole app back, not one service of it. */
const failureActionOf = (source: Source): UpdatePolicy['failureAction'] => {
  const action = textOf(source) ?? 'pause'
  if (action === 'continue' || action === 'pause') return action
  if (action === 'rollback') warn(source, 'a failed deploy takes the whole app back, not one service')
  else refuse(source, `the failure action ${action} does not exist`, 'use pause or continue')
  return 'pause'
}
