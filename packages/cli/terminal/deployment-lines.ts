import type { DeploymentEvent } from '@atoll/deploy'
import { renderPlan } from '@atoll/plan'
import { describeAction } from './action.ts'
import { renderCause } from './cause.ts'
import type { Palette } from './palette.ts'
import { nameTask } from './task-name.ts'
import { hasTaskFailed, renderTaskState } from './task-state.ts'
import { renderClock } from './time.ts'

/** Plain lines for an event, where nothing can be redrawn: a pipe, a log, a build server. Empty: nothing to say. */
export const renderEvent = (event: DeploymentEvent, palette: Palette): readonly string[] => {
  const at = palette.dim(renderClock(event.atMs))
  const lines = describeEvent(event, palette).map((line) => `${at}  ${line}`)
  return event.kind === 'plan' ? [...lines, ...renderSteps(event, palette)] : lines
}

/** Without steps there is still something to watch, so that nothing is said to be done. */
const renderSteps = ({ actions, routes, warnings }: Extract<DeploymentEvent, { kind: 'plan' }>, palette: Palette) =>
  actions.length + routes.length + warnings.length === 0
    ? []
    : renderPlan(actions, warnings, { palette, routes }).split('\n')

const describeEvent = (event: DeploymentEvent, palette: Palette): readonly string[] => {
  switch (event.kind) {
    case 'phase':
    case 'image':
    case 'end':
      return []
    case 'build':
      return [`build ${event.service}: ${event.line}`]
    case 'plan':
      return [`deployment ${event.deployment} to release ${event.release}:`]
    case 'action':
      return event.state === 'started' ? [describeAction(event.action)] : []
    case 'task':
      return [renderTaskLine(event, palette)]
    case 'service':
      return event.isConverged ? [`${palette.green('✓')} ${event.service} ${event.running}/${event.wanted}`] : []
    case 'cause':
      return renderCause(event.cause, palette)
    case 'rollback':
      return [palette.red(event.to === undefined ? 'no release to go back to' : `going back to release ${event.to}`)]
    case 'wait':
      return [palette.yellow(event.message)]
  }
}

const renderTaskLine = (task: Extract<DeploymentEvent, { kind: 'task' }>, palette: Palette): string => {
  const place = task.node === undefined ? '' : ` on ${task.node}`
  const why = hasTaskFailed(task.state) && task.message !== '' ? `: ${task.message}` : ''
  return `${nameTask(task)}${place} ${renderTaskState(task.state, palette)}${why}`
}
