import type { EnvironmentRef } from '@atoll/engine'
import type { Observed, ObservedTask } from '@atoll/plan'
import { CommandError } from '../errors.ts'

/** The newest running task of a service, or the one of `SERVICE.SLOT`. Throws CommandError when none runs. */
export const getRunningTask = ({ services }: Observed, ref: EnvironmentRef, wanted: string): ObservedTask => {
  const found = services.find((each) => each.isOwned && isNamed(each.definition?.name ?? each.engineName, wanted))
  const task = found?.tasks.find((each) => isRunning(each) && isSlot(each, wanted))
  if (task !== undefined) return task
  throw notRunning(wanted, `${ref.app}/${ref.environment}`)
}

const isNamed = (name: string, wanted: string): boolean => name === wanted || name === wanted.replace(/\.[^.]+$/, '')

const isSlot = (task: ObservedTask, wanted: string): boolean => {
  const [, slot] = /\.(\d+)$/.exec(wanted) ?? []
  return slot === undefined || task.slot === Number(slot)
}

const isRunning = (task: ObservedTask): boolean => task.state === 'running' && task.desired === 'running'

const notRunning = (service: string, name: string): CommandError =>
  new CommandError('not-found', `run a command in ${service} of ${name}: it has no running task`, {
    hint: `"atoll status ${name}" says what runs and why not`,
  })
