import type { DrillRecord, Traffic } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderColumns, renderTable } from './table.ts'
import { renderDuration, renderMoment } from './time.ts'

const head = ['DRILL', 'NODE', 'KIND', 'BEGAN', 'DETECTED', 'WHOLE', 'BACK', 'FAILED', 'BY']

/** One line for each, newest first. */
export const renderDrills = (drills: readonly DrillRecord[], screen: Screen): readonly string[] =>
  drills.length === 0
    ? ['no drill is kept; "atoll drill NODE" makes one']
    : renderTable(
        head,
        drills.map((drill) => [
          screen.palette.bold(String(drill.number)),
          drill.node,
          drill.kind,
          renderMoment(drill.beganAtMs),
          ...(drill.endedAtMs === undefined
            ? ['not ended', '', '']
            : [drill.detectedMs, drill.wholeMs, drill.backMs].map(renderTime)),
          countFailed(drill.traffic),
          drill.by,
        ]),
        screen,
      )

const renderTime = (ms: number | undefined): string => (ms === undefined ? 'never' : renderDuration(ms))

const countFailed = (traffic: readonly Traffic[]): string => {
  const [failed, sent] = [sum(traffic.map((each) => each.failed)), sum(traffic.map((each) => each.sent))]
  return sent === 0 ? '' : `${failed} of ${sent}`
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** One in full, beside the one before it of the same kind on that node. */
export const renderDrill = (
  drill: DrillRecord,
  last: DrillRecord | undefined,
  { palette }: Screen,
): readonly string[] => {
  const time = (ms: number | undefined, before: number | undefined): string =>
    `${renderTime(ms)}${last === undefined ? '' : palette.dim(` (${renderTime(before)} in drill ${last.number})`)}`
  const rows = [
    ['drill', `${drill.number}: ${drill.kind} of ${drill.node}, for ${renderDuration(drill.lastsMs)}`],
    ['began', `${renderMoment(drill.beganAtMs)}, by ${drill.by}`],
    ['detected after', time(drill.detectedMs, last?.detectedMs)],
    ['rescheduled after', time(drill.rescheduledMs, last?.rescheduledMs)],
    ['whole after', time(drill.wholeMs, last?.wholeMs)],
    ['back after', time(drill.backMs, last?.backMs)],
    ['no manager answered', `for ${time(drill.silentMs, last?.silentMs)} at the longest`],
  ]
  return [
    ...renderColumns(rows.map(([name = '', value = '']) => [palette.dim(name), value])),
    ...drill.traffic.map((traffic) => renderTraffic(traffic, palette)),
    ...drill.unseen.map((target) => palette.dim(`not asked: ${target}, which did not answer here before`)),
    ...drill.foreseen.map((line) => `${palette.yellow('foreseen:')} ${line}`),
    renderVerdict(drill, palette),
  ]
}

const renderTraffic = ({ service, port, sent, failed, longestMs }: Traffic, palette: Palette): string => {
  const mark = failed === 0 ? palette.green('✓') : palette.yellow('!')
  const gap = failed === 0 ? '' : `, none for ${renderDuration(longestMs)} at the longest`
  return `${mark} ${service} at ${port}: ${failed} of ${sent} requests failed${gap}`
}

/** What is to be known of it in one line. */
const renderVerdict = (drill: DrillRecord, palette: Palette): string => {
  if (drill.endedAtMs === undefined) return palette.yellow('it has not ended, or nobody saw its end')
  if (drill.detectedMs === undefined) return palette.red('the managers did not miss the node')
  if (drill.wholeMs === undefined) return palette.red('not everything that was foreseen to runs elsewhere')
  if (drill.backMs === undefined) return palette.red('the node was not seen to be back')
  return palette.green('all went as foreseen, and the node is back')
}

/** Whether nothing in it needs somebody. */
export const isGoodDrill = ({ detectedMs, wholeMs, backMs }: DrillRecord): boolean =>
  detectedMs !== undefined && wholeMs !== undefined && backMs !== undefined
