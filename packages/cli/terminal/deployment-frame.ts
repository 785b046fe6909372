import type { Phase } from '@atoll/deploy'
import { renderSpinner } from './spinner.ts'
import type { DeploymentView, ServiceView } from './deployment-view.ts'
import type { Palette } from './palette.ts'
import { renderColumns } from './table.ts'
import { nameTask } from './task-name.ts'
import { hasTaskFailed, isTaskGone, renderTaskState } from './task-state.ts'
import { renderDuration } from './time.ts'

interface Options {
  readonly palette: Palette
  readonly nowMs: number
}

/** The live lines of a running deployment: where it is, then each service with its tasks, unfinished ones first. */
export const renderFrame = (view: DeploymentView, options: Options): readonly string[] => [
  renderHead(view, options),
  ...renderUnderway(view, options.palette),
  ...renderColumns(
    Object.entries(view.services)
      .toSorted(([, one], [, other]) => Number(one.isConverged) - Number(other.isConverged))
      .map(([name, service]) => renderService(name, service, options)),
  ),
]

const renderHead = (view: DeploymentView, { palette, nowMs }: Options): string => {
  const what = view.isGoingBack ? palette.red('going back') : phaseWords[view.phase ?? 'plan']
  const steps = view.actionCount === 0 ? '' : palette.dim(` ${view.done}/${view.actionCount} steps`)
  return `${renderSpinner({ palette, nowMs })} ${what}${steps} ${palette.dim(renderDuration(nowMs - view.startedAtMs))}`
}

const phaseWords: Readonly<Record<Phase['name'], string>> = {
  build: 'building',
  resolve: 'resolving images',
  plan: 'planning',
  apply: 'applying',
  start: 'waiting for tasks',
  monitor: 'watching that it stays up',
  rollback: 'going back',
  'move-volume': 'copying the volume',
  rebalance: 'spreading tasks again',
  remove: 'removing',
}

const renderUnderway = (view: DeploymentView, palette: Palette): readonly string[] => {
  if (view.wait !== undefined) return [`  ${palette.yellow(view.wait)}`]
  if (view.phase === 'build' && view.build) return [`  ${palette.dim(`${view.build.service}: ${view.build.line}`)}`]
  return view.underway.map((words) => `  ${words}`)
}

const renderService = (name: string, service: ServiceView, { palette, nowMs }: Options): readonly string[] => {
  const { wanted, running, isConverged } = service
  const count = `${running}/${wanted}`
  if (isConverged) return [`  ${palette.green('✓')} ${name}`, palette.green(count)]
  const tasks = Object.values(service.tasks).filter((task) => !isTaskGone(task.state))
  return [
    `  ${palette.yellow('●')} ${name}`,
    count,
    tasks.map((task) => renderTask(task, { palette, nowMs })).join('  '),
  ]
}

const renderTask = (task: ServiceView['tasks'][string], { palette, nowMs }: Options): string => {
  const place = task.node === undefined ? '' : ` ${task.node}`
  const why = hasTaskFailed(task.state) ? ` (${task.message})` : ` ${renderDuration(nowMs - task.atMs)}`
  return `${palette.dim(`${nameTask(task)}${place}`)} ${renderTaskState(task.state, palette)}${palette.dim(why)}`
}
