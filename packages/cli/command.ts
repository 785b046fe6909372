import { buildCommand } from '@stricli/core'
import type { Command, TypedCommandParameters } from '@stricli/core'
import type { Cli } from './cli.ts'
import { reportFailure } from './failure.ts'

type Flags = Readonly<Record<string, unknown>>

export interface CommandDefinition<FLAGS extends Flags, ARGS extends readonly unknown[]> {
  /** What `--help` says below the usage line, when the one line of the route table is not enough. */
  readonly description?: string
  /** Command lines a person would really type, each with a few words on what it does. */
  readonly examples: readonly [Example, ...Example[]]
  readonly parameters: TypedCommandParameters<FLAGS, ARGS, Cli>
  /** Resolves with the exit status. What it throws is printed, with what to do next, in one place. */
  readonly run: (cli: Cli, flags: FLAGS, ...args: ARGS) => Promise<number>
}

type Example = readonly [line: string, meaning: string]

/** A command without its name and its line in the list of commands: those stand in routes.ts. */
export type CommandBuilder = (brief: string) => Command<Cli>

export const defineCommand =
  <FLAGS extends Flags, ARGS extends readonly unknown[]>(definition: CommandDefinition<FLAGS, ARGS>): CommandBuilder =>
  (brief) =>
    buildCommand<FLAGS, ARGS, Cli>({
      docs: { brief, fullDescription: renderDescription(brief, definition) },
      parameters: definition.parameters,
      func: async function (this: Cli, flags: FLAGS, ...args: ARGS): Promise<void> {
        this.process.exitCode = await runReported(this, { definition, flags, args })
      },
    })

const runReported = async <FLAGS extends Flags, ARGS extends readonly unknown[]>(
  cli: Cli,
  call: { readonly definition: CommandDefinition<FLAGS, ARGS>; readonly flags: FLAGS; readonly args: ARGS },
): Promise<number> => {
  try {
    return await call.definition.run(cli, call.flags, ...call.args)
  } catch (error) {
    return reportFailure(cli, error, { asJson: call.flags['json'] === true })
  }
}

const renderDescription = <FLAGS extends Flags, ARGS extends readonly unknown[]>(
  brief: string,
  { description, examples }: CommandDefinition<FLAGS, ARGS>,
): string => {
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`)
  return [description ? `${brief}.\n\n${description}` : `${brief}.`, '', 'EXAMPLES', ...lines].join('\n')
}
