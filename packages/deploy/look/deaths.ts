import type { ObservedService, ObservedTask } from '@atoll/plan'
import { isJob, slotOf } from '@atoll/plan'
import type { DeploymentRecord } from '../records.ts'

/**
 * Tasks of a service that came to an end nobody had asked for. One that ended well counts where it should have gone on and
 * another took its place on the same node, and no deployment replaced it: that is also how the engine ends a program that
 * stops cleanly once its health check has failed.
 */
export const listDeaths = (
  service: ObservedService,
  deployments: readonly DeploymentRecord[],
): ReadonlySet<ObservedTask> =>
  new Set(
    service.tasks.filter((task) => {
      if (task.state !== 'complete') return endedBadly.has(task.state)
      return isLasting(service) && hasSuccessor(task, service) && !isDuringAny(task.sinceMs, deployments)
    }),
  )

const endedBadly: ReadonlySet<ObservedTask['state']> = new Set(['failed', 'rejected', 'orphaned'])

const isLasting = ({ definition }: ObservedService): boolean => definition !== undefined && !isJob(definition)

const hasSuccessor = (task: ObservedTask, { tasks }: ObservedService): boolean =>
  tasks.some(
    (other) => slotOf(other) === slotOf(task) && other.nodeId === task.nodeId && other.createdAtMs > task.createdAtMs,
  )

/** The engine makes a deployment's last tasks a moment after the last action. */
export const isDuringAny = (atMs: number, deployments: readonly DeploymentRecord[]): boolean =>
  deployments.some(
    ({ receipt: { startedAtMs, endedAtMs = Infinity } }) =>
      atMs >= startedAtMs - clockSkewMs && atMs <= endedAtMs + clockSkewMs,
  )

/** Deployments go by our clock, tasks by that of their manager. */
const clockSkewMs = 1_000
