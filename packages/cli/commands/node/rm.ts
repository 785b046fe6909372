import type { NodeRemoved } from '@atoll/deploy'
import type { HeldNode } from '@atoll/plan'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { cleanRemoved } from '../../servers/clean-removed.ts'
import type { ServerLeft } from '../../servers/clean-removed.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { nodeServerFlag, sshFlags, toLogin } from '../../servers/ssh-flags.ts'
import type { SshFlags } from '../../servers/ssh-flags.ts'
import { nameService } from '../../terminal/nodes.ts'
import type { Palette } from '../../terminal/palette.ts'

type Flags = EngineFlags & SshFlags & { readonly on?: string; readonly force: boolean; readonly keep: boolean }

export const command = defineCommand<Flags, [node: string]>({
  description: `A node that is there has to be drained first; a manager becomes a worker before it goes. Refused when the managers that
are left would have no quorum, and while volumes are on it alone.

Its server is cleaned then, by ssh as root: it leaves the Swarm, and what the platform kept there goes, keys and certificates
among it. Docker stays, and so do volumes of apps. Where nobody can log in from here it is left as it is, and that is told.`,
  usage: 'NODE [--force] [--on SERVER]',
  examples: [
    ['atoll node rm node-4', 'after "atoll node drain node-4"; logging in as root at its address'],
    ['atoll node rm node-4 --on node-4', 'as a Host of ssh'],
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
      keep: {
        kind: 'boolean',
        brief: 'Leave its server as it is',
        default: false,
        withNegated: false,
      },
      ...sshFlags,
      ...nodeServerFlag,
    },
    positional: { kind: 'tuple', parameters: [nodeParameter] },
  },
  run: async (cli, flags, node) => {
    await using connection = await openCluster(cli, flags)
    const { cluster } = connection
    const known = (await cluster.nodes(cli.signal)).find(({ id, name }) => id === node || name === node)
    const removed = await cluster.removeNode({ node, isForced: flags.force }, cli.signal)
    const server = await clean(cli, flags, known)
    const lines = flags.json
      ? [JSON.stringify({ kind: 'removed', ...removed, server })]
      : renderRemoved(removed, server, cli.stdout.palette)
    cli.stdout.write(`${lines.join('\n')}\n`)
    return exitStatus.good
  },
})

const clean = async (cli: Cli, flags: Flags, node: HeldNode | undefined): Promise<ServerLeft> => {
  if (flags.keep) return { isCleaned: false, why: 'as --keep says' }
  if (node?.state !== 'ready') return { isCleaned: false, why: `it is ${node?.state ?? 'unknown'}` }
  using steps = followSteps(cli, { asJson: flags.json })
  const login = toLogin(cli, flags.on ?? `root@${node.address}`, flags)
  return await cleanRemoved(cli, { nodeId: node.id, login, steps })
}

const renderRemoved = (
  { node, wasManager, volumes }: NodeRemoved,
  server: ServerLeft,
  palette: Palette,
): readonly string[] => [
  `${palette.bold(node)} is out of the cluster${wasManager ? '; it was a manager' : ''}`,
  ...volumes.map(
    (held) => `${palette.yellow('left behind:')} volume ${held.volume}; ${nameService(held)} starts nowhere without it`,
  ),
  ...renderServer(server, palette),
]

const renderServer = (server: ServerLeft, palette: Palette): readonly string[] => {
  if (server.isCleaned) {
    const kept = server.volumes.length === 0 ? '' : `; volumes of apps are there still: ${server.volumes.join(', ')}`
    return [palette.dim(`its server is out of the Swarm and clean${kept}`)]
  }
  return [
    `its server was left as it is: ${server.why}`,
    palette.dim('on it "docker swarm leave --force" ends what is left'),
  ]
}
