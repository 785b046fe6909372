import { describeErrors, meanMsOf, renderPart, requestsOf } from '@atoll/deploy/canary'
import type { CanaryFigures, CanaryReceipt, CanaryStatus } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderTable } from './table.ts'
import { renderDuration } from './time.ts'

/** `canary: release 7, 10 %, 3 min left, 0.2 % errors beside 0.1 %`. */
export const renderCanary = (canary: CanaryStatus, atMs: number): string => {
  const { release, share, figures, verdict } = canary
  return [`canary: release ${release}`, renderPart(share), renderTimeLeft(canary, atMs)]
    .concat(verdict === undefined && figures !== undefined ? [describeErrors(figures)] : [])
    .join(', ')
}

const renderTimeLeft = ({ isMeasuring, verdict, untilMs }: CanaryStatus, atMs: number): string => {
  if (verdict !== undefined) return `${verdict.kind === 'promote' ? 'going on' : 'going back'}: ${verdict.because}`
  return isMeasuring ? `${renderDuration(untilMs - atMs)} left` : 'not measured yet'
}

/** How it ended, in a line: `canary of 10 %: went back: 4.1 % errors beside 0.1 %`. */
export const renderCanaryEnd = ({ share, kind, because }: CanaryReceipt, palette: Palette): string => {
  const went = kind === 'promote' ? palette.green('goes on') : palette.red('goes back')
  return `canary of ${renderPart(share)} ${went}: ${because}`
}

/** The same with what was measured. */
export const renderCanaryReceipt = (receipt: CanaryReceipt, screen: Screen): readonly string[] => {
  const { figures, release } = receipt
  const lines = [renderCanaryEnd(receipt, screen.palette)]
  if (figures === undefined) return lines
  const rows = [
    [`new (release ${release})`, ...renderAnswers(figures.new)],
    ['old', ...renderAnswers(figures.old)],
  ]
  const uncounted = figures.uncounted.length === 0 ? [] : [`not counted: ${figures.uncounted.join(', ')}`]
  return [...lines, ...renderTable(['VERSION', 'REQUESTS', '5XX', 'FAILED', 'MEAN'], rows, screen), ...uncounted]
}

const renderAnswers = (answers: CanaryFigures['old']): readonly string[] => [
  renderCount(requestsOf(answers)),
  renderCount(answers.errors),
  renderCount(answers.failed),
  `${Math.round(meanMsOf(answers))} ms`,
]

const format = new Intl.NumberFormat('en')
const renderCount = (count: number): string => format.format(count)
