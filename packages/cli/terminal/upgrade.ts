import type { BackupPlan } from '../system/upgrade/judge-backup.ts'
import type { Preflight } from '../system/upgrade/preflight.ts'
import type { Upgraded } from '../system/upgrade/upgrade.ts'
import { renderDoors } from './doors.ts'
import { renderOutcome } from './outcome.ts'
import type { Palette } from './palette.ts'

const toText = (lines: readonly string[]): string => lines.map((line) => `${line.trimEnd()}\n`).join('')

/** From which build to which, what would be done, and what is in the way. */
export const renderPreflight = (preflight: Preflight, palette: Palette): string => {
  const { from, to, isDue, tasks, troubles, notes, backup } = preflight
  const title = isDue ? `${from.name} -> ${palette.bold(to.name)}` : `the platform is ${to.name} already`
  const work = tasks.map(({ service, count }) => `${service} ${count}`).join(', ')
  return toText([
    title,
    ...(isDue ? [palette.dim(`  tasks to be made anew, one at a time: ${work}`)] : []),
    ...(isDue ? describeBackup(backup).map((line) => palette.dim(`  ${line}`)) : []),
    ...notes.map((note) => `  ${note}`),
    ...troubles.flatMap(({ message, hint }) => [`${palette.red('✗')} ${message}`, palette.dim(`  ${hint}`)]),
    ...(troubles.length === 0 ? [palette.dim('  nothing is in the way')] : []),
  ])
}

const describeBackup = (backup: BackupPlan): readonly string[] => {
  switch (backup.kind) {
    case 'make':
      return [`before that a backup: ${backup.to}${backup.isSet ? ', the place that is set' : ''}`]
    case 'there':
      return [`the backup of before is there: ${backup.path}`]
    case 'none':
      return ['without a backup']
    case 'for-nobody':
      return []
  }
}

/** `restore`: the words that would bring back what there was before; absent without a backup. */
export const renderUpgraded = (
  upgraded: Upgraded,
  { palette, restore }: { readonly palette: Palette; readonly restore?: string },
): string => {
  const { kind, outcome, doors, backup } = upgraded
  const isWhole = kind === 'upgraded' || kind === 'current'
  return (
    (outcome === undefined ? '' : renderOutcome(outcome.receipt, palette)) +
    toText([
      ...renderDoors(doors, palette),
      ...(backup === undefined ? [] : [palette.dim(`backup of before: ${backup}`)]),
      renderVerdict(upgraded, palette),
    ]) +
    (isWhole || restore === undefined ? '' : renderWayBack(restore, palette))
  )
}

/** After an upgrade that did not end well. */
export const renderWayBack = (restore: string, palette: Palette): string =>
  toText([
    palette.dim('should people, apps or secrets not be as they were, this brings them back as of before the upgrade:'),
    palette.dim(`  ${restore}`),
    palette.dim('  then "atoll init" with the build of before; apps go on running meanwhile'),
  ])

const renderVerdict = ({ kind, from, to, away = [] }: Upgraded, palette: Palette): string => {
  switch (kind) {
    case 'upgraded':
      if (away.length > 0) {
        return `${palette.yellow('!')} the platform is ${palette.bold(to.name)}, but for ${away.join(', ')}, away since: run it again when back`
      }
      return `${palette.green('✓')} the platform is ${palette.bold(to.name)}; it was ${from.name}`
    case 'current':
      return `the platform is ${palette.bold(to.name)} already`
    case 'rolled-back':
      return `${palette.red('✗')} ${to.name} did not get healthy everywhere: the platform is ${palette.bold(from.name)}, as before`
    case 'failed':
      return `${palette.red('✗')} ${to.name} did not get healthy everywhere, and going back to ${from.name} failed, too: atoll status --app atoll/system`
  }
}
