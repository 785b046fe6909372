import { buildCommand } from '@stricli/core'
import type { Command, TypedCommandParameters } from '@stricli/core'
import type { Cli } from './cli.ts'
import { reportFailure } from './failure.ts'
import { renderDescription, wrapRows } from './terminal/help.ts'

type Flags = Readonly<Record<string, unknown>>

export interface CommandDefinition<FLAGS extends Flags, ARGS extends readonly unknown[]> {
  /** What `--help` says below the usage line, when the one line of the route table is not enough. */
  readonly description?: string
  /** Command lines a person would really type, each with a few words on what it does. */
  readonly examples: readonly [Example, ...Example[]]
  /** What may follow the words of the command; flags aside. Needed where an argument may be left out. */
  readonly usage?: string
  readonly parameters: TypedCommandParameters<FLAGS, ARGS, Cli>
  /** Resolves with the exit status. What it throws is printed, with what to do next, in one place. */
  readonly run: (cli: Cli, flags: FLAGS, ...args: ARGS) => Promise<number>
}

type Example = readonly [line: string, meaning: string]

/** A command without its name and its line in the list of commands: those stand in routes.ts. */
export type CommandBuilder = (brief: string) => Command<Cli>

export const defineCommand =
  <FLAGS extends Flags, ARGS extends readonly unknown[]>(definition: CommandDefinition<FLAGS, ARGS>): CommandBuilder =>
  (brief) => {
    const { usage, parameters, description, examples } = definition
    const command = buildCommand<FLAGS, ARGS, Cli>({
      docs: {
        brief,
        fullDescription: renderDescription(description ? `${brief}.\n\n${description}` : `${brief}.`, examples),
        ...(usage === undefined ? {} : { customUsage: [usage] }),
      },
      parameters,
      func: async function (this: Cli, flags: FLAGS, ...args: ARGS): Promise<void> {
        this.process.exitCode = await runReported(this, { definition, flags, args })
      },
    })
    return { ...command, formatHelp: (args) => tidyHelp(command.formatHelp(args)) }
  }

const escape = '\u001B\\[[0-9;]*m'
const falseDefault = new RegExp(` +\\[(${escape})?default =(${escape})? false\\]`, 'g')
const helpUsage = new RegExp(`^ +(${escape})?atoll[^\\n]* -h(${escape})?\\n`, 'm')

/** That a switch is off until it is typed, and that -h is help, goes without saying. Lines fit any terminal. */
const tidyHelp = (help: string): string => wrapRows(help.replaceAll(falseDefault, '').replace(helpUsage, ''))

const runReported = async <FLAGS extends Flags, ARGS extends readonly unknown[]>(
  cli: Cli,
  call: { readonly definition: CommandDefinition<FLAGS, ARGS>; readonly flags: FLAGS; readonly args: ARGS },
): Promise<number> => {
  const timer = setTimeout(breakSilence, silenceMs, cli)
  try {
    return await call.definition.run(cli, call.flags, ...call.args)
  } catch (error) {
    return reportFailure(cli, error, { asJson: call.flags['json'] === true })
  } finally {
    clearTimeout(timer)
  }
}

/** Who sees nothing for so long begins to wonder. */
const silenceMs = 2_000

const breakSilence = (cli: Cli): void => {
  if (!cli.stderr.isTerminal || cli.hasSpoken()) return
  cli.stderr.write(cli.stderr.palette.dim('still waiting for an answer; Ctrl-C ends it\n'))
}
