import { defineCommand } from '../command.ts'
import { openCluster } from '../open-cluster.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'
import { renderTimeline } from '../terminal/timeline.ts'
import { parseSince } from '../terminal/time.ts'

type Flags = TargetFlags & { readonly since?: string }

export const command = defineCommand<Flags, [app?: string]>({
  description: `Deployments and why they failed, tasks that died (exit code, out of memory, health output), tasks that moved and for
what, nodes that are away: in order, in plain words. The engine remembers the last five tasks of each slot; the platform also
when nodes went and came, and which names were lost.`,
  usage: '[APP]',
  examples: [
    ['atoll why', 'the app of this folder'],
    ['atoll why shop/staging --since 2h', 'what happened to another in the last two hours'],
    ['atoll why --json', 'as data'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      since: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Nothing older: 10m, 2h, 3d, or a time',
        placeholder: 'when',
      },
    },
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const sinceMs = flags.since === undefined ? 0 : parseSince(flags.since, cli.clock.now())
    if (sinceMs === undefined) throw new UsageError(`--since ${flags.since}: write it as 10m, 2h, 3d, or a time`)
    const ref = findRef(cli, flags, app)
    await using connection = await openCluster(cli, flags)
    const entries = (await connection.cluster.why(ref, cli.signal)).filter(({ atMs }) => atMs >= sinceMs)
    if (flags.json) cli.stdout.write(`${JSON.stringify(entries)}\n`)
    else cli.stdout.write(`${renderTimeline(entries, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})
