import { defineCommand } from '../../command.ts'
import { conductDrain } from '../../conduct-drain.ts'
import { UsageError } from '../../errors.ts'
import { openCluster } from '../../open-cluster.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { parseSince } from '../../terminal/time.ts'

type Flags = EngineFlags & { readonly deadline?: number; readonly force: boolean }

export const command = defineCommand<Flags, [node: string]>({
  description: `Services whose update starts first (the default where nothing forbids it) start on another node before they stop on this
one: at no moment are there fewer healthy tasks than before. When they are away the node takes no more tasks, and the rest is
stopped and started elsewhere: services that stop first, and those of strangers.

What cannot move, for want of room, for a volume, a constraint or a port, is told with the reason and runs until the deadline,
10 minutes unless said; then it is stopped. Moving its volume ("atoll volume move") or making room lets it go sooner, and "atoll node
resume" keeps it. Said once more it goes on where it was. With a platform the drain goes on when this command is left.

Ends with status 7 when something had to be stopped that could not move, and with 1 when something is not healthy elsewhere.`,
  usage: 'NODE [--deadline TIME] [--force]',
  examples: [
    ['atoll node drain node-2', 'before it is taken out for repair'],
    ['atoll node drain node-2 --deadline 2h', 'what cannot move may run for two hours more'],
    ['atoll node drain node-2 --force', 'at once: everything is stopped here, then started elsewhere'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      deadline: {
        kind: 'parsed',
        parse: parseDeadline,
        optional: true,
        brief: 'How long what cannot move may still run: 90s, 10m, 2h; 10 minutes when not said',
        placeholder: 'time',
      },
      force: { kind: 'boolean', brief: 'Stop everything here at once', default: false, withNegated: false },
    },
    positional: { kind: 'tuple', parameters: [nodeParameter] },
  },
  run: async (cli, { deadline, force, ...flags }, node) => {
    if (force && deadline !== undefined) {
      throw new UsageError('--deadline: with --force nothing is waited for', 'leave out one of them')
    }
    await using connection = await openCluster(cli, flags)
    const request = { node, isForced: force, ...(deadline === undefined ? {} : { deadlineMs: deadline }) }
    return await conductDrain(cli, { cluster: connection.cluster, request, asJson: flags.json })
  },
})

const longestMs = 7 * 86_400_000

export function parseDeadline(text: string): number {
  // An age is what it takes; a moment is not.
  const ms = /^\d+[smhd]/.test(text) ? parseSince(text, 0) : undefined
  if (ms !== undefined && -ms <= longestMs) return -ms
  throw new UsageError(`--deadline "${text}": it is no time of 7 days at most`, 'say 90s, 10m or 2h')
}
