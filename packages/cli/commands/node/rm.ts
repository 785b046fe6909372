import type { NodeRemoved } from '@atoll/deploy'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { nameService } from '../../terminal/nodes.ts'
import type { Palette } from '../../terminal/palette.ts'

type Flags = EngineFlags & { readonly force: boolean }

export const command = defineCommand<Flags, [node: string]>({
  description: `A node that is there has to be drained first; a manager becomes a worker before it goes. Refused when the managers that
are left would have no quorum, and while volumes are on it alone. Its engine does not learn of it by itself: "docker swarm leave"
there ends what is left.`,
  usage: 'NODE [--force]',
  examples: [
    ['atoll node rm node-4', 'after "atoll node drain node-4"'],
    ['atoll node rm node-4 --force', 'it is down and will not come back, or its volumes are not needed'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      force: {
        kind: 'boolean',
        brief: 'It is down for good, or its volumes may be left behind',
        default: false,
        withNegated: false,
      },
    },
    positional: { kind: 'tuple', parameters: [nodeParameter] },
  },
  run: async (cli, { force, ...flags }, node) => {
    await using connection = await openCluster(cli, flags)
    const removed = await connection.cluster.removeNode({ node, isForced: force }, cli.signal)
    const lines = flags.json ? [JSON.stringify(removed)] : renderRemoved(removed, cli.stdout.palette)
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})

const renderRemoved = ({ node, wasManager, volumes }: NodeRemoved, palette: Palette): readonly string[] => [
  `${palette.bold(node)} is out of the cluster${wasManager ? '; it was a manager' : ''}`,
  ...volumes.map(
    (held) => `${palette.yellow('left behind:')} volume ${held.volume}; ${nameService(held)} starts nowhere without it`,
  ),
  palette.dim('on it "docker swarm leave --force" ends what is left'),
]
