import type { EnvironmentRef, LogQuery } from '@atoll/engine'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError, UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { serviceParameter, targetFlags, fileAliases } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { createLogRenderer } from '../terminal/log-line.ts'
import { parseSince } from '../terminal/time.ts'

type Flags = TargetFlags & {
  readonly follow: boolean
  readonly since?: string
  readonly tail?: number
  readonly timestamps: boolean
}

export const command = defineCommand<Flags, string[]>({
  usage: '[SERVICE ...]',
  examples: [
    ['atoll logs', 'everything the app of this folder has logged'],
    ['atoll logs -f --tail 20 web api', 'two services, the last lines and what comes'],
    ['atoll logs --since 10m --app shop/staging', 'ten minutes of an app from anywhere'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      follow: { kind: 'boolean', brief: 'Go on with what comes', default: false, withNegated: false },
      since: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'From an age (10m, 2h) or a moment on',
        placeholder: 'when',
      },
      tail: {
        kind: 'parsed',
        parse: parseTail,
        optional: true,
        brief: 'How many of the last lines of each task',
        placeholder: 'lines',
      },
      timestamps: { kind: 'boolean', brief: 'Begin each line with its time', default: false, withNegated: false },
    },
    aliases: { ...fileAliases, F: 'file', f: 'follow', n: 'tail', t: 'timestamps' },
    positional: { kind: 'array', parameter: serviceParameter },
  },
  run: async (cli, flags, ...services) => {
    const ref = findRef(cli, flags)
    const query = { ref, services, follow: flags.follow, ...readWindow(cli, flags) }
    await using connection = await openCluster(cli, flags)
    const { cluster } = connection
    if (flags.follow) await requireServices(cli, cluster, ref)
    const hasLines = await printLogs(cli, { query, flags, cluster })
    if (!hasLines && !flags.follow) await requireServices(cli, cluster, ref)
    return exitStatus.good
  },
})

const readWindow = (cli: Cli, flags: Flags): Pick<LogQuery, 'sinceMs' | 'tail'> => {
  const sinceMs = flags.since === undefined ? undefined : parseSince(flags.since, cli.clock.now())
  if (flags.since !== undefined && sinceMs === undefined) {
    throw new UsageError(`--since ${flags.since}: write an age such as 90s, 10m, 2h or 3d, or 2026-11-20T10:00:00Z`)
  }
  return { ...(sinceMs === undefined ? {} : { sinceMs }), ...(flags.tail === undefined ? {} : { tail: flags.tail }) }
}

interface Print {
  readonly query: LogQuery
  readonly flags: Flags
  readonly cluster: Cluster
}

/** Silence is no answer to who has mistyped a name. */
const requireServices = async (cli: Cli, cluster: Cluster, ref: EnvironmentRef): Promise<void> => {
  if ((await cluster.contents(ref, cli.signal)).services.length > 0) return
  throw new CommandError('not-found', `read the logs of ${ref.app}/${ref.environment}: nothing of it is here`, {
    hint: '"atoll ls" lists what is',
  })
}

/** Whether there was anything to print. */
const printLogs = async (cli: Cli, { query, flags, cluster }: Print): Promise<boolean> => {
  let hasLines = false
  const renderLine = createLogRenderer({ hasTime: flags.timestamps, palette: cli.stdout.palette })
  for await (const line of cluster.logs(query, cli.signal)) {
    hasLines = true
    cli.stdout.write(flags.json ? `${JSON.stringify(line)}\n` : renderLine(line))
  }
  return hasLines
}

function parseTail(input: string): number {
  const lines = Number(input)
  if (!Number.isSafeInteger(lines) || lines < 0) throw new UsageError(`--tail ${input}: give a number of lines`)
  return lines
}
