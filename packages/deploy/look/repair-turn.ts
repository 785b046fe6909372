import { limits } from '../limits.ts'
import type { DeploymentRecord } from '../records.ts'

/** Whether an environment that is not as it should be is repaired by itself once more. */
export type RepairTurn =
  | { readonly kind: 'from'; readonly atMs: number }
  /** Somebody or something undoes it again and again: from here on it is only reported. */
  | { readonly kind: 'given-up'; readonly repairs: number }

/**
 * Decided by the deployments alone, so that every control comes to the same. Each repair doubles the pause before the next;
 * after some a person has to look. What a person deploys or repairs begins the count anew, and so does a day.
 */
export const findRepairTurn = (deployments: readonly DeploymentRecord[], nowMs: number): RepairTurn => {
  const newestFirst = deployments.toSorted((a, b) => b.number - a.number)
  const person = newestFirst.findIndex(({ task }) => task.kind !== 'repair' || !task.isAutomatic)
  const repairs = newestFirst
    .slice(0, person === -1 ? undefined : person)
    .filter(({ receipt }) => nowMs - receipt.startedAtMs < limits.automaticRepairs.windowMs)
  const [last] = repairs
  if (last === undefined) return { kind: 'from', atMs: 0 }
  if (repairs.length >= limits.automaticRepairs.most) return { kind: 'given-up', repairs: repairs.length }
  const pauseMs = limits.automaticRepairs.firstPauseMs * 2 ** (repairs.length - 1)
  return { kind: 'from', atMs: (last.receipt.endedAtMs ?? nowMs) + pauseMs }
}
