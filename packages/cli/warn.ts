import type { Problem } from '@atoll/spec'
import type { Cli } from './cli.ts'
import { renderProblems } from './terminal/problems.ts'

/** Says what was noticed in the files, and carries on. */
export const warn = (cli: Cli, problems: readonly Problem[]): void => {
  if (problems.length > 0) cli.stderr.write(renderProblems(problems, cli.stderr.palette))
}

/** Says what was left out or went wrong beside, in a line, and carries on. */
export const note = ({ stderr }: Cli, text: string): void => stderr.write(`${stderr.palette.yellow('!')} ${text}\n`)
