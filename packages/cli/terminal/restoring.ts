import type { Found, ReadBackup } from '@atoll/backup'
import { describeNode } from './backups.ts'
import type { Palette } from './palette.ts'
import { renderDuration } from './time.ts'

interface Plan {
  readonly read: ReadBackup
  readonly found: Found
  /** Of the engine. */
  readonly name: string
}

/** What a restore is going to do. */
export const renderPlan = (
  { read, found, name }: Plan,
  { palette, nowMs }: { readonly palette: Palette; readonly nowMs: number },
): string => {
  const { id, madeAtMs, by } = read.manifest
  const lines = [
    `engine: ${name}`,
    `backup: ${id}, made ${renderDuration(nowMs - madeAtMs)} ago by ${by}`,
    `brings back: ${count(read, 'person')} people, ${count(read, 'environment')} environments, ${count(read, 'release')} releases, ${count(read, 'app-secret')} secrets of apps`,
    `here now: ${describeFound(found)}`,
  ]
  return lines.map((line) => `${palette.dim(line)}\n`).join('')
}

const count = ({ state }: ReadBackup, collection: string): number =>
  new Set(state.documents.filter((each) => each.collection === collection).map(({ id }) => id)).size

const describeFound = (found: Found): string => {
  switch (found.kind) {
    case 'empty':
      return 'nothing of Atoll'
    case 'unused':
      return 'a platform that nobody has used; it is removed'
    case 'begun':
      return `a restore of ${found.backup} that did not come to its end`
    case 'used':
      return `${found.environments.length} environments and ${found.people} people, which are given up`
  }
}

/** What a person does next. */
export const renderRestored = ({ manifest, state }: ReadBackup, palette: Palette): string => {
  const environments = new Set(
    state.documents.filter(({ collection }) => collection === 'environment').map(({ id }) => id.replace('.', '/')),
  )
  environments.delete('atoll/system')
  const lines = [
    `${palette.green('✓')} the state of ${manifest.id} is here`,
    '',
    'Next:',
    '  atoll init               installs the platform; say --domain and --registry as before',
    '  atoll login URL          people sign in with the passwords they had',
    ...[...environments].map(
      (name) => `  ${`atoll repair ${name}`.padEnd(24)} brings it up, from the images its release names`,
    ),
    '',
    palette.dim(`nodes then: ${manifest.nodes.map(describeNode).join(', ')}`),
    palette.dim(
      'Tokens and people that were removed after that backup count again: look at "atoll token ls" and "atoll people".',
    ),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
