import type { Reply } from '@atoll/api'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderTable, shorten } from './table.ts'
import { renderMoment } from './time.ts'

type Entry = Reply<'listAudit'>['items'][number]

export const renderAudit = (entries: readonly Entry[], screen: Screen): readonly string[] =>
  renderTable(
    ['NUMBER', 'WHEN', 'WHO', 'WHAT', 'OF', 'ENDED', 'FROM'],
    entries.map((entry) => [
      String(entry.sequence),
      renderMoment(entry.atMs),
      entry.by,
      entry.action,
      entry.subject,
      renderEnd(entry, screen.palette),
      screen.palette.dim(entry.address),
    ]),
    { ...screen, spare: [...drop('FROM', 'NUMBER'), ...shorten('OF', 'WHO')] },
  )

const renderEnd = ({ kind, code = '', times = 1 }: Entry, palette: Palette): string => {
  if (kind === 'intent') return palette.yellow('not known')
  if (kind !== 'failed') return 'done'
  return palette.red(times === 1 ? code : `${code}, ${times} times`)
}
