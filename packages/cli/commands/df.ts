import type { Cli } from '../cli.ts'
import type { UsagesRequest } from '../cluster/storage.ts'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { openCluster } from '../open-cluster.ts'
import { engineFlags, nodeFlag } from '../parameters.ts'
import type { EngineFlags, NodeFlags } from '../parameters.ts'
import { createLive } from '../terminal/live.ts'
import { screenOf } from '../terminal/screen.ts'
import { renderUsages } from '../terminal/storage.ts'

export const command = defineCommand<EngineFlags & NodeFlags, []>({
  description: `Of each node: how large its engine's disk is, what is on it, what "atoll prune" could give back at most, and when it
will be full at the pace of the last hours. Volumes are data, and nothing gives them up by itself.`,
  examples: [
    ['atoll df', 'of every node'],
    ['atoll df --node node-2 --json', 'of one, as data'],
  ],
  parameters: { flags: { ...engineFlags, ...nodeFlag } },
  run: async (cli, flags) => {
    await using connection = await openCluster(cli, flags)
    const screen = createScreen(cli, flags.json)
    const seen = await connection.cluster.nodeUsages({ ...flags, ...screen }, cli.signal).finally(screen.clear)
    const lines = flags.json ? [JSON.stringify(seen)] : renderUsages(seen, lookOf(cli))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return seen.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
  },
})

const lookOf = ({ stdout, clock }: Cli) => ({ ...screenOf(stdout), nowMs: clock.now() })

/** On a terminal nobody waits for a node that is slow, or gone, to see the others. */
const createScreen = (cli: Cli, asJson: boolean): Pick<UsagesRequest, 'onAnswer'> & { readonly clear: () => void } => {
  if (!cli.stdout.isTerminal || asJson) return { clear: () => undefined }
  const live = createLive(cli.stdout)
  return {
    onAnswer: (seen, waiting) =>
      live.draw([...renderUsages(seen, lookOf(cli)), cli.stdout.palette.dim(`waiting for ${waiting.join(', ')}`)]),
    clear: live.clear,
  }
}
