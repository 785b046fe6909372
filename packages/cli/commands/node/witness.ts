import type { RoleOutcome, WitnessOutcome } from '@atoll/deploy'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import type { Palette } from '../../terminal/palette.ts'

type Flags = EngineFlags & { readonly off: boolean }

export const command = defineCommand<Flags, [node: string]>({
  description: `A witness is a manager that votes and runs nothing: no apps, and nothing of the platform but the engine. A tiny machine will do.
Two servers and a witness go on without any one of them. It takes no tasks until it is none any more, whoever deploys.

It has to be empty: "atoll node drain NODE" comes first. A worker becomes a manager, which takes an owner. With --off it takes tasks
again and stays a manager.`,
  usage: 'NODE [--off]',
  examples: [
    ['atoll node witness node-3', 'after "atoll node drain node-3"'],
    ['atoll node witness node-3 --off', 'it takes tasks as any other node'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      off: { kind: 'boolean', brief: 'Let it take tasks again', default: false, withNegated: false },
    },
    positional: { kind: 'tuple', parameters: [nodeParameter] },
  },
  run: async (cli, { off, ...flags }, node) => {
    await using connection = await openCluster(cli, flags)
    const { cluster } = connection
    const outcome = await cluster.setWitness({ node, isWitness: !off }, cli.signal)
    const mustVote = outcome.isWitness && !outcome.isManager
    if (mustVote) cli.stderr.write(cli.stderr.palette.dim(`making ${node} a manager; the managers settle\n`))
    const role = mustVote ? await cluster.changeNodeRole({ node, role: 'manager' }, cli.signal) : undefined
    const told = { ...outcome, isManager: outcome.isManager || mustVote, warnings: role?.warnings ?? [] }
    cli.stdout.write(`${flags.json ? JSON.stringify(told) : render(told, cli.stdout.palette)}\n`)
    return exitStatus.good
  },
})

const render = (
  { node, isWitness, isChanged, warnings }: WitnessOutcome & Pick<RoleOutcome, 'warnings'>,
  palette: Palette,
): string =>
  [
    isWitness
      ? `${palette.bold(node)} is a witness${isChanged ? '' : ' already'}: it votes and runs nothing`
      : `${palette.bold(node)} takes tasks${isChanged ? ' again' : ' already'}, and is no witness`,
    ...warnings.map((warning) => `${palette.yellow('warning:')} ${warning}`),
  ].join('\n')
