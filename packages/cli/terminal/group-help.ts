import { renderColumns } from './table.ts'
import type { Palette } from './palette.ts'

interface Group {
  /** Words typed so far: `atoll lab`. */
  readonly prefix: string
  readonly brief: string
  readonly commands: readonly { readonly name: string; readonly brief: string }[]
}

/** Help of a group of commands: what it is for and its commands, one a line. */
export const renderGroupHelp = ({ prefix, brief, commands }: Group, palette: Palette): string =>
  [
    palette.bold(brief),
    '',
    palette.bold('USAGE'),
    `  ${prefix} COMMAND ...`,
    '',
    palette.bold('COMMANDS'),
    ...renderColumns(commands.map((command) => [`  ${palette.cyan(command.name)}`, command.brief])),
    '',
    `"${prefix} COMMAND --help" shows its flags and examples.`,
    '',
  ].join('\n')
