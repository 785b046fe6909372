import type { EnvironmentRef } from '@atoll/engine'
import type { Observed, ObservedTask } from '@atoll/plan'
import { notRunning } from '../cluster/errors.ts'

interface Wanted {
  readonly ref: EnvironmentRef
  /** A service, or `SERVICE.SLOT`. */
  readonly wanted: string
  /** Begins the message when there is none. */
  readonly doing: string
}

interface RunningTask {
  readonly service: string
  readonly task: ObservedTask
}

/** The newest running task of a service, or the one of `SERVICE.SLOT`. Throws CommandError when none runs. */
export const getRunningTask = ({ services }: Observed, { ref, wanted, doing }: Wanted): RunningTask => {
  const named = services.map((each) => ({ ...each, service: each.definition?.name ?? each.engineName }))
  const found = named.find(({ isOwned, service }) => isOwned && isNamed(service, wanted))
  const task = found?.tasks.find((each) => isRunning(each) && isSlot(each, wanted))
  if (found !== undefined && task !== undefined) return { service: found.service, task }
  const own = named.filter(({ isOwned }) => isOwned).map(({ service }) => service)
  throw notRunning({ ref, doing, isKnown: found !== undefined, services: own })
}

const isNamed = (name: string, wanted: string): boolean => name === wanted || name === wanted.replace(/\.[^.]+$/, '')

const isSlot = (task: ObservedTask, wanted: string): boolean => {
  const [, slot] = /\.(\d+)$/.exec(wanted) ?? []
  return slot === undefined || task.slot === Number(slot)
}

const isRunning = (task: ObservedTask): boolean => task.state === 'running' && task.desired === 'running'
