import { findLabs, getLab, getNode, LabError, readLabConfig, withProgress } from '@atoll/lab'
import type { Lab, LabContext, LabNode } from '@atoll/lab'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import type { CommandBuilder, CommandDefinition } from '../../command.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { createLabProgress } from '../../terminal/lab-progress.ts'

/** What all commands about a lab share: which lab, which node, and how its errors end. */

export const defaultLab = 'dev'

export const labFlags = {
  ...jsonFlag,
  name: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Lab; the only one, or "dev", when not said',
    placeholder: 'lab',
    proposeCompletions: proposeLabs,
  },
} as const
export type LabFlags = JsonFlags & { readonly name?: string }

export const labAliases = { n: 'name' } as const

export const nodeParameter = {
  parse: String,
  brief: 'Node of the lab, or its number alone',
  placeholder: 'node',
  proposeCompletions: proposeNodes,
} as const

/** Progress goes to standard error, so that standard output holds the result alone. */
export const createLabContext = (cli: Cli): LabContext => ({
  ...readLabConfig(cli.config.variables),
  signal: cli.signal,
  onProgress: createLabProgress(cli.stderr, cli.clock),
})

/** The lab meant: the one named, or the only one there is, or `dev`. */
export const openLab = async (cli: Cli, { name }: LabFlags): Promise<Lab> => {
  const { home } = createLabContext(cli)
  if (name !== undefined) return getLab(home, name)
  const labs = await findLabs(home)
  const chosen = labs.length === 1 ? labs[0] : labs.find((lab) => lab.name === defaultLab)
  if (chosen !== undefined) return chosen
  if (labs.length === 0) {
    throw new CommandError('no-lab', 'find a lab: there is none here', { hint: '"atoll lab up" makes one' })
  }
  throw new UsageError('find the lab: there are several', `say --name ${labs.map((lab) => lab.name).join(', or ')}`)
}

/** Wrong words are bad input, with the status of bad input; what the machine refuses stays as it is. */
export const runReported = async (cli: Cli, work: () => Promise<number>): Promise<number> => {
  try {
    return await work()
  } catch (error) {
    // Ctrl-C reaches the programs a lab runs too, and what they say of it is of no interest.
    cli.signal.throwIfAborted()
    if (!(error instanceof LabError)) throw error
    const isInput = error.code === 'bad-request' || error.code === 'no-such-node' || error.code === 'lab-differs'
    throw isInput ? new UsageError(error.message) : error
  }
}

export interface NodeCommand {
  readonly description: string
  readonly examples: CommandDefinition<LabFlags, [node: string]>['examples']
  /** Does it, and gives the sentence that says what is so now and what may come next. */
  readonly run: (target: NodeTarget) => Promise<string>
}

export interface NodeTarget {
  readonly lab: Lab
  readonly node: LabNode
  readonly signal: AbortSignal
}

/** A command that does one thing to one node of a lab. */
export const defineNodeCommand = ({ description, examples, run }: NodeCommand): CommandBuilder =>
  defineCommand<LabFlags, [node: string]>({
    description,
    examples,
    parameters: {
      flags: labFlags,
      aliases: labAliases,
      positional: { kind: 'tuple', parameters: [nodeParameter] },
    },
    run: (cli, flags, name) =>
      runReported(cli, async () => {
        const lab = await openLab(cli, flags)
        const node = getNode(lab, name)
        const { onProgress } = createLabContext(cli)
        const message = await withProgress({ what: `waiting for ${node.name}`, onProgress }, () =>
          run({ lab, node, signal: cli.signal }),
        )
        const data = { lab: lab.name, node: node.name, message }
        cli.stdout.write(flags.json ? `${JSON.stringify(data)}\n` : `${message}\n`)
        return exitStatus.good
      }),
  })

async function proposeLabs(this: Cli, partial: string): Promise<readonly string[]> {
  const labs = await findLabs(createLabContext(this).home)
  return labs.map((lab) => lab.name).filter((name) => name.startsWith(partial))
}

async function proposeNodes(this: Cli, partial: string): Promise<readonly string[]> {
  const lab = await openLab(this, { json: false })
  return lab.nodes.map((node) => node.name).filter((name) => name.startsWith(partial))
}

/** A node, then words for a program there, which stand behind `--`. */
export const nodeAndWords = (minimum: number) => ({
  kind: 'array' as const,
  parameter: { ...nodeParameter, brief: 'Node, then the command after --', placeholder: 'node -- command' },
  minimum,
})
