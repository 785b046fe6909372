import type { Reply } from '@atoll/api'
import type { BackupRecord, Manifest } from '@atoll/backup'
import { pathOf } from '../backups/save-backup.ts'
import type { SavedBackup } from '../backups/save-backup.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderBytes } from './size.ts'
import { drop, renderColumns, renderTable } from './table.ts'
import { renderDuration } from './time.ts'

/** What was written, and what is not in it. */
export const renderSaved = (saved: SavedBackup, palette: Palette): string => {
  const { bytes, sections, missing } = saved
  const documents = sections.filter(({ kind }) => kind === 'documents').reduce((sum, { entries }) => sum + entries, 0)
  const said = `${palette.green('✓')} ${pathOf(saved)}: ${renderBytes(bytes)}, ${documents} revisions of documents, proven`
  return `${[said, ...renderMissing(missing, palette)].join('\n')}\n`
}

const mostNames = 8

const renderMissing = (missing: readonly string[], palette: Palette): readonly string[] => {
  if (missing.length === 0) return []
  const rest = missing.length > mostNames ? `, and ${missing.length - mostNames} more` : ''
  return [
    `${palette.yellow('!')} not in it: values of ${missing.slice(0, mostNames).join(', ')}${rest}`,
    palette.dim(
      '  they were deployed in direct mode, or before values were kept: deploy those apps once more, signed in',
    ),
  ]
}

/** How they are made by themselves. */
export const renderBackupSettings = ({
  everyMs,
  keep,
  recipients,
  place,
}: Reply<'getBackupSettings'>): readonly string[] =>
  renderColumns([
    ['made', everyMs === undefined ? 'never by themselves' : `every ${renderDuration(everyMs)}`],
    ['kept', `the newest ${keep}, and always the last that was proven`],
    [
      'at',
      place === undefined ? 'no place is set' : `${place.url} of ${place.endpoint}, with the key ${place.accessKeyId}`,
    ],
    ['for', recipients.length === 0 ? 'nobody is set' : recipients.join(', ')],
  ])

interface Look {
  readonly palette: Palette
  readonly nowMs: number
}

/** What is in a file. */
export const renderManifest = (
  { id, madeAtMs, version, by, nodes, sections }: Manifest,
  { palette, nowMs }: Look,
): string => {
  const rows = sections.map(({ name, entries }) => [`  ${name}`, String(entries)])
  const lines = [
    `${palette.green('✓')} ${id}: whole, and restored in memory it is the same`,
    `made ${renderDuration(nowMs - madeAtMs)} ago by ${by}, with Atoll ${version}`,
    `nodes then: ${nodes.map(describeNode).join(', ')}`,
    ...renderColumns(rows),
  ]
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

/** `node-1 (manager, zone=ams3)`. */
export const describeNode = ({ name, isManager, labels }: Manifest['nodes'][number]): string => {
  const notes = [isManager ? 'manager' : 'worker', ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)]
  return `${name} (${notes.join(', ')})`
}

export const renderBackups = (records: readonly BackupRecord[], look: Screen & Look): readonly string[] => {
  if (records.length === 0) return ['no backup was made yet; see "atoll backup --help"']
  const rows = records.map(({ id, madeAtMs, by, place, bytes, provenAtMs }) => [
    id,
    `${renderDuration(look.nowMs - madeAtMs)} ago`,
    provenAtMs === undefined ? look.palette.yellow('no') : look.palette.green('yes'),
    renderBytes(bytes),
    by,
    place,
  ])
  return renderTable(['BACKUP', 'MADE', 'PROVEN', 'SIZE', 'BY', 'KEPT AT'], rows, {
    ...look,
    spare: drop('BY', 'SIZE'),
  })
}

interface KeptFile {
  readonly file: string
  readonly madeAtMs: number
}

/** Files of backups in a place. */
export const renderKept = (files: readonly KeptFile[], look: Screen & Look): readonly string[] => {
  if (files.length === 0) return ['no backup is there']
  const rows = files.map(({ file, madeAtMs }) => [file, `${renderDuration(look.nowMs - madeAtMs)} ago`])
  return renderTable(['FILE', 'MADE'], rows, look)
}
