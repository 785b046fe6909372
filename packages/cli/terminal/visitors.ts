import type { VisitorAnswers, Visitors } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderTable, shorten } from './table.ts'
import { renderDuration } from './time.ts'

/** What visitors got, in one line: `0 of 12,431 requests failed, 3 sent again`. */
export const summarizeVisitors = ({ all, uncounted }: Visitors, palette: Palette): string => {
  const without = uncounted.length === 0 ? '' : palette.yellow(`; not counted: ${uncounted.join(', ')}`)
  if (all.requests === 0 && all.failed === 0) return `no request came${without}`
  const noun = all.requests === 1 ? 'request' : 'requests'
  const failed = `${renderCount(all.failed)} of ${renderCount(all.requests)} ${noun} failed`
  const again = countAgain(all)
  return [
    all.failed === 0 ? failed : palette.red(failed),
    ...(all.cut === 0 ? [] : [`, ${renderCount(all.cut)} amid its answer`]),
    ...(again === 0 ? [] : [`, ${renderCount(again)} sent again`]),
    without,
  ].join('')
}

/** `probes: 180 of 180 answered on 3 nodes, slowest 40 ms`; undefined: nothing was probed, nor said of it. */
export const summarizeProbes = ({ probes }: Visitors, palette: Palette): string | undefined => {
  if (probes === undefined) return undefined
  const { answered, failed, nodes, slowestMs, gapMs, everyMs } = probes
  if (answered + failed === 0) return 'probes: none'
  const counts = `${renderCount(answered)} of ${renderCount(answered + failed)} answered`
  return [
    `probes: ${failed === 0 ? counts : palette.red(counts)} on ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`,
    ...(slowestMs === 0 ? [] : [`slowest ${slowestMs < 1_000 ? `${slowestMs} ms` : renderDuration(slowestMs)}`]),
    ...(gapMs === 0 ? [] : [`none answered for ${renderDuration(gapMs)}`]),
    ...(everyMs > 1_000 ? [`each route every ${renderDuration(everyMs)}`] : []),
  ].join(', ')
}

/** With the routes that had none, and those of which not all were answered. */
const renderProbes = (visitors: Visitors, palette: Palette): readonly string[] => {
  const summary = summarizeProbes(visitors, palette)
  const { routes = [], unprobed = [] } = visitors.probes ?? {}
  if (summary === undefined) return []
  return [
    summary,
    ...routes
      .filter(({ failed }) => failed > 0)
      .map(
        ({ route, answered, failed, gapMs }) =>
          `  ${route}: ${renderCount(failed)} of ${renderCount(answered + failed)} not answered, ${renderDuration(gapMs)} without one`,
      ),
    ...unprobed.map(({ route, why }) => `  not probed: ${route} ${why}`),
  ]
}

/** The same by route, with what they were answered. */
export const renderVisitors = (visitors: Visitors, { palette, columns }: Screen): readonly string[] => {
  const rows = visitors.routes.map((one) => [
    one.route,
    renderCount(one.requests),
    one.failed === 0 ? '0' : palette.red(renderCount(one.failed)),
    renderStatuses(one),
    renderCount(countAgain(one)),
    renderCount(one.abandoned),
    one.slowestMs === 0 ? '' : renderDuration(one.slowestMs),
  ])
  const head = ['ROUTE', 'REQUESTS', 'FAILED', 'STATUSES', 'AGAIN', 'LEFT', 'SLOWEST']
  const spare = [...drop('LEFT', 'AGAIN', 'SLOWEST', 'STATUSES'), ...shorten('ROUTE')]
  return [
    summarizeVisitors(visitors, palette),
    ...(rows.length === 0 ? [] : renderTable(head, rows, { palette, columns, spare })),
    ...renderProbes(visitors, palette),
  ]
}

/** One that was sent before and went to another task is in both of HAProxy's numbers. */
const countAgain = ({ retries, redispatches }: VisitorAnswers): number => Math.max(retries, redispatches)

const renderStatuses = ({ statuses }: VisitorAnswers): string =>
  Object.entries(statuses)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}: ${renderCount(count)}`)
    .join(' ')

const format = new Intl.NumberFormat('en')
const renderCount = (count: number): string => format.format(count)
