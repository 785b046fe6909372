import type { TimelineEntry } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import { renderMoment } from './time.ts'

/** What happened, oldest first, with the proof of what went wrong below it. */
export const renderTimeline = (entries: readonly TimelineEntry[], palette: Palette): readonly string[] =>
  entries.length === 0 ? ['nothing worth telling happened'] : entries.flatMap((entry) => renderEntry(entry, palette))

const renderEntry = (entry: TimelineEntry, palette: Palette): readonly string[] => {
  const { atMs, message, hint, details, isBad, times } = entry
  const mark = isBad ? palette.red('✗') : palette.dim('·')
  const more = times > 1 ? `, ${times} times` : ''
  return [
    `${palette.dim(renderMoment(atMs))}  ${mark} ${message}${more}`,
    ...(hint === undefined ? [] : [`${indent}${palette.dim('→')} ${hint}`]),
    ...details.flatMap((text) => text.trimEnd().split('\n')).map((line) => `${indent}${palette.dim('│')} ${line}`),
  ]
}

/** Below the message: a moment, two spaces, the mark. */
const indent = ' '.repeat('2026-11-20 10:30:01'.length + 2 + 2)
