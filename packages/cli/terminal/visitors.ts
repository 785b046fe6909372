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
