import { defineCommand } from '../../command.ts'
import type { Cli } from '../../cli.ts'
import { CommandError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { judgeRenaming, renameNode } from '../../servers/rename-node.ts'
import { parseNodeName, nodeServerFlag, sshFlags, toLogin } from '../../servers/ssh-flags.ts'
import type { SshFlags } from '../../servers/ssh-flags.ts'

type Flags = EngineFlags & SshFlags & { readonly on?: string }

export const command = defineCommand<Flags, [node: string, name: string]>({
  description: `The name of a node is the hostname of its server, so that is changed: by ssh as root, at once and for each boot. The managers
hear of it within half a minute. Nothing is restarted; apps, volumes, labels and certificates stay with the node, which they know
by its id. Refused while services are held to it by "node.hostname". What is kept of before, such as "atoll why", says the old name.

It asks the engine of a manager, so --engine names one where somebody is signed in to the platform.`,
  usage: 'NODE NEW [--on SERVER]',
  examples: [
    ['atoll node rename node-3 shelf-1', 'logging in as root at the address the node has'],
    ['atoll node rename node-3 shelf-1 --on node-3', 'as a Host of ssh'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...sshFlags,
      ...nodeServerFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        nodeParameter,
        { parse: parseNodeName, brief: 'What it is called from then on', placeholder: 'new' },
      ],
    },
  },
  run: async (cli, flags, given, to) => {
    await requireDirect(cli, flags)
    await using connection = await cli.connect(flags.engine)
    const { context } = connection
    const renaming = judgeRenaming(await context.engine.occupancy(cli.signal), given, to)
    const isChanged = renaming.from !== to
    if (isChanged) {
      await using server = await cli.openServer(toLogin(cli, flags.on ?? `root@${renaming.address}`, flags))
      using steps = followSteps(cli, { asJson: flags.json })
      await renameNode({ context, server, steps }, renaming, cli.signal)
    }
    const { nodeId, from } = renaming
    const text = isChanged ? `${from} is ${to} now` : `${to} is called so already`
    cli.stdout.write(`${flags.json ? JSON.stringify({ kind: 'renamed', node: to, nodeId, from, isChanged }) : text}\n`)
    return exitStatus.good
  },
})

/** A control does not log in to servers. */
const requireDirect = async (cli: Cli, flags: Pick<Flags, 'engine' | 'context'>): Promise<void> => {
  const chosen = await chooseContext(cli.config, flags, cli.signal)
  if (chosen === undefined) return
  throw new CommandError('direct-only', `rename a node: the platform (${chosen.context.name}) logs in to no server`, {
    hint: 'name the engine of a manager: --engine ssh://root@MANAGER',
  })
}
