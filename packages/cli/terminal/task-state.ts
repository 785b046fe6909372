import type { TaskState } from '@atoll/plan'
import type { Palette } from './palette.ts'

/** Green runs or is done, red has failed, yellow is on its way, dim is over. */
const colours: Readonly<Record<TaskState, keyof Palette>> = {
  new: 'yellow',
  allocated: 'yellow',
  pending: 'yellow',
  assigned: 'yellow',
  accepted: 'yellow',
  preparing: 'yellow',
  ready: 'yellow',
  starting: 'yellow',
  running: 'green',
  complete: 'green',
  shutdown: 'dim',
  failed: 'red',
  rejected: 'red',
  remove: 'dim',
  orphaned: 'red',
}

export const renderTaskState = (state: TaskState, palette: Palette): string => palette[colours[state]](state)

export const hasTaskFailed = (state: TaskState): boolean => colours[state] === 'red'

/** Over without harm: stopped because something else took its place. */
export const isTaskGone = (state: TaskState): boolean => colours[state] === 'dim'
