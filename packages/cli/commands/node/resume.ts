import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'

export const command = defineCommand<EngineFlags, [node: string]>({
  description: `It takes tasks again, be it drained, being drained or paused. What moved away stays where it is until it is deployed,
restarted or scaled, or until "atoll rebalance"; what could not move and was stopped starts here again.`,
  examples: [
    ['atoll node resume node-2', 'after its repair, or to take a drain back'],
    ['atoll node resume node-2 --json', 'whether it was otherwise, as data'],
  ],
  parameters: { flags: engineFlags, positional: { kind: 'tuple', parameters: [nodeParameter] } },
  run: async (cli, flags, name) => {
    await using connection = await openCluster(cli, flags)
    const resumed = await connection.cluster.resumeNode(name, cli.signal)
    const text = `${resumed.node} takes tasks${resumed.isChanged ? ' again' : ' already'}`
    cli.stdout.write(`${flags.json ? JSON.stringify(resumed) : text}\n`)
    return exitStatus.good
  },
})
