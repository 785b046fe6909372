import type { RoleOutcome, RoleRequest } from '@atoll/deploy'
import { defineCommand } from '../../command.ts'
import type { CommandBuilder, CommandDefinition } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import type { Palette } from '../../terminal/palette.ts'

type Definition = CommandDefinition<EngineFlags, [node: string]>

interface RoleCommand extends Pick<Definition, 'examples'> {
  readonly role: RoleRequest['role']
  readonly description: string
}

/** Both directions are the same command. */
export const defineRoleCommand = ({ role, description, examples }: RoleCommand): CommandBuilder =>
  defineCommand<EngineFlags, [node: string]>({
    description,
    examples,
    parameters: { flags: engineFlags, positional: { kind: 'tuple', parameters: [nodeParameter] } },
    run: async (cli, flags, node) => {
      await using connection = await openCluster(cli, flags)
      cli.stderr.write(cli.stderr.palette.dim(`making ${node} a ${role}; the managers settle, in 300 s at most\n`))
      const outcome = await connection.cluster.changeNodeRole({ node, role }, cli.signal)
      const lines = flags.json ? [JSON.stringify(outcome)] : renderOutcome(outcome, cli.stdout.palette)
      cli.stdout.write(`${lines.join('\n')}\n`)
      return exitStatus.good
    },
  })

const renderOutcome = ({ node, role, isChanged, managers, warnings }: RoleOutcome, palette: Palette) => [
  `${palette.bold(node)} is a ${role}${isChanged ? '' : ' already'}; managers: ${managers}`,
  ...warnings.map((warning) => `${palette.yellow('warning:')} ${warning}`),
]
