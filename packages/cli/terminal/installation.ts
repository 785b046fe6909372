import type { Installation } from '../system/install.ts'
import { renderDoors } from './doors.ts'
import { renderOutcome } from './outcome.ts'
import type { Palette } from './palette.ts'

/** What a person wants to know once the platform is there: where it answers, and how they come in. */
export const renderInstallation = (
  { outcome, doors, names, link, fingerprint }: Installation,
  palette: Palette,
): string => {
  const lines = [...renderDoors(doors, palette), ...renderNames(names, palette)]
  const way = doors.length === 0 ? [] : ['', ...renderWay({ doors, link, fingerprint }, palette)]
  return `${renderOutcome(outcome.receipt, palette)}${[...lines, ...way].map((line) => `${line.trimEnd()}\n`).join('')}`
}

const renderNames = (names: Installation['names'], palette: Palette): readonly string[] =>
  names.map(({ name, trouble }) =>
    trouble === undefined ? `${palette.green('✓')}  ${name}` : `${palette.yellow('!')}  ${name} ${trouble}`,
  )

const renderWay = (
  { doors, link, fingerprint }: Pick<Installation, 'doors' | 'fingerprint'> & { readonly link: string | undefined },
  palette: Palette,
): readonly string[] => {
  if (link === undefined) {
    const url = doors.find(({ trouble }) => trouble === undefined)?.url ?? ''
    return [`Sign in:  atoll login ${url}`, palette.dim(`          fingerprint of the cluster: ${fingerprint}`)]
  }
  return [
    'The first owner comes in by this link, once, within a day:',
    '',
    `  atoll login '${link}'`,
    '',
    palette.dim('Who has it owns the cluster. Lost? "atoll init" prints another as long as there is no owner.'),
  ]
}
