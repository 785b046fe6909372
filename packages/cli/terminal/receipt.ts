import type { Receipt, TaskRecord } from '@atoll/deploy'
import { renderCanaryReceipt } from './canary.ts'
import { renderCause } from './cause.ts'
import { renderDeploymentState } from './deployment-state.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderTable, shorten } from './table.ts'
import type { Cell } from './table.ts'
import { nameTask } from './task-name.ts'
import { renderTaskState } from './task-state.ts'
import { renderDuration, renderMoment } from './time.ts'
import { renderVisitors } from './visitors.ts'
import { renderWarning } from './warning.ts'

/** A receipt for people: who, when and how it ended, the time of each phase, every task, what visitors got, and why it failed. */
export const renderReceipt = (receipt: Receipt, options: Options): string =>
  [
    ...renderHead(receipt, options),
    ...section(renderPhases(receipt, options)),
    ...section(renderTasks(receipt, options)),
    ...section(receipt.canary === undefined ? [] : renderCanaryReceipt(receipt.canary, options)),
    ...section(receipt.visitors === undefined ? [] : renderVisitors(receipt.visitors, options)),
    ...section(receipt.warnings.flatMap((warning) => renderWarning(warning, options.palette))),
    ...section(receipt.causes.flatMap((cause) => renderCause(cause, options.palette))),
  ].join('\n') + '\n'

interface Options extends Screen {
  readonly nowMs: number
}

const section = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines])

const renderHead = (receipt: Receipt, { palette, nowMs }: Options): readonly string[] => {
  const { app, environment, deployment, release, previous, state, author, startedAtMs, endedAtMs, resumedBy, backup } =
    receipt
  const from = previous === undefined ? 'the first' : `before: ${previous}`
  const took = renderDuration((endedAtMs ?? nowMs) - startedAtMs)
  return [
    `${palette.bold(`${app}/${environment}`)}  deployment ${deployment}  ${renderDeploymentState(state, palette)}`,
    `release ${release} (${from}) by ${author}`,
    `${renderMoment(startedAtMs)}, ${endedAtMs === undefined ? `running for ${took}` : `took ${took}`}`,
    ...resumedBy.map(({ owner, atMs }) => `carried on by ${owner} from ${renderMoment(atMs)}`),
    ...(backup === undefined ? [] : [`backup of before: ${backup}`]),
  ]
}

const renderPhases = ({ phases, startedAtMs }: Receipt, { nowMs, ...screen }: Options): readonly string[] => {
  if (phases.length === 0) return []
  const rows = phases.map((phase) => [
    phase.name,
    renderOffset(phase.startedAtMs, startedAtMs),
    renderDuration((phase.endedAtMs ?? nowMs) - phase.startedAtMs),
  ])
  return renderTable(['PHASE', 'BEGAN', 'TOOK'], rows, screen)
}

const renderTasks = ({ tasks, startedAtMs }: Receipt, { palette, columns }: Options): readonly string[] => {
  if (tasks.length === 0) return []
  const rows = tasks
    .toSorted(byName)
    .map((task) => [
      nameTask(task),
      task.node ?? palette.dim('none'),
      renderDigest(task.image),
      renderStates(task, { startedAtMs, palette }),
    ])
  const spare = [...drop('IMAGE'), ...shorten('STATES')]
  return renderTable(['TASK', 'NODE', 'IMAGE', 'STATES'], rows, { palette, columns, spare })
}

const byName = (one: TaskRecord, other: TaskRecord): number =>
  nameTask(one).localeCompare(nameTask(other), 'en', { numeric: true })

/** Where there is no room for all, how it ended is worth more than how it began. */
const renderStates = (
  { states }: TaskRecord,
  { startedAtMs, palette }: { readonly startedAtMs: number; readonly palette: Palette },
): Cell => {
  const steps = states.map(
    ({ state, atMs }) => `${renderTaskState(state, palette)} ${palette.dim(renderOffset(atMs, startedAtMs))}`,
  )
  return steps.map((_, left) => [...(left === 0 ? [] : ['…']), ...steps.slice(left)].join(' → '))
}

/** A task may be older than the deployment it is part of. */
const renderOffset = (atMs: number, startedAtMs: number): string =>
  atMs < startedAtMs ? 'before' : `+${renderDuration(atMs - startedAtMs)}`

/** Enough of the digest to tell two images apart; the whole is in `--json`. */
const renderDigest = (image: string): string => {
  const [, digest] = image.split('@')
  return digest === undefined ? image : digest.slice(0, 'sha256:'.length + 12)
}
