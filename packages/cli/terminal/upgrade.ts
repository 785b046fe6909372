import type { Preflight } from '../system/upgrade/preflight.ts'
import type { Upgraded } from '../system/upgrade/upgrade.ts'
import { renderDoors } from './doors.ts'
import { renderOutcome } from './outcome.ts'
import type { Palette } from './palette.ts'

const toText = (lines: readonly string[]): string => lines.map((line) => `${line.trimEnd()}\n`).join('')

/** From which build to which, what would be done, and what is in the way. */
export const renderPreflight = (preflight: Preflight, palette: Palette): string => {
  const { from, to, isDue, tasks, troubles, notes } = preflight
  const title = isDue ? `${from.name} -> ${palette.bold(to.name)}` : `the platform is ${to.name} already`
  const work = tasks.map(({ service, count }) => `${service} ${count}`).join(', ')
  return toText([
    title,
    ...(isDue ? [palette.dim(`  tasks to be made anew, one at a time: ${work}`)] : []),
    ...notes.map((note) => `  ${note}`),
    ...troubles.flatMap(({ message, hint }) => [`${palette.red('✗')} ${message}`, palette.dim(`  ${hint}`)]),
    ...(troubles.length === 0 ? [palette.dim('  nothing is in the way')] : []),
  ])
}

export const renderUpgraded = (upgraded: Upgraded, palette: Palette): string => {
  const { outcome, doors, copy } = upgraded
  return (
    (outcome === undefined ? '' : renderOutcome(outcome.receipt, palette)) +
    toText([
      ...renderDoors(doors, palette),
      ...(copy === undefined ? [] : [palette.dim(`the documents of before: ${copy}`)]),
      renderVerdict(upgraded, palette),
    ])
  )
}

const renderVerdict = ({ kind, from, to }: Upgraded, palette: Palette): string => {
  switch (kind) {
    case 'upgraded':
      return `${palette.green('✓')} the platform is ${palette.bold(to.name)}; it was ${from.name}`
    case 'current':
      return `the platform is ${palette.bold(to.name)} already`
    case 'rolled-back':
      return `${palette.red('✗')} ${to.name} did not get healthy everywhere: the platform is ${palette.bold(from.name)}, as before`
    case 'failed':
      return `${palette.red('✗')} ${to.name} did not get healthy everywhere, and going back to ${from.name} failed, too: atoll status --app atoll/system`
  }
}
