import { keepProgram } from './keep-program.ts'
import type { KeptProgram, ProgramOptions } from './keep-program.ts'
import type { RouteTable } from './table.ts'

interface StaticOptions extends Omit<ProgramOptions, 'name' | 'argv'> {
  readonly program: string
  /** Where the sites are, for reading. */
  readonly folder: string
}

/** What serves static files. */
export const keepStatic = ({ program, folder, ...rest }: StaticOptions): KeptProgram =>
  keepProgram({ ...rest, name: 'what serves files', argv: [program, folder, rest.socket] })

export const hasStatic = ({ environments }: RouteTable): boolean =>
  environments.some(({ routes }) => routes.some((route) => route.kind === 'http' && route.static !== undefined))
