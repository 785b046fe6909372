import { setTimeout as delay } from 'node:timers/promises'
import type { EnvironmentRef, TaskUsage } from '@atoll/engine'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { createLive } from '../terminal/live.ts'
import { screenOf } from '../terminal/screen.ts'
import { compareUsage, renderLoads } from '../terminal/usage.ts'
import type { TaskLoad } from '../terminal/usage.ts'

type Flags = TargetFlags & { readonly stream?: boolean }

/** Two looks make the first picture; what comes after is compared with what was shown. */
const firstMs = 700
const everyMs = 2_000

export const command = defineCommand<Flags, string[]>({
  description:
    'Processor (100 % is one), memory, network, disk and processes of each task, drawn anew every two seconds; once where there is no terminal.',
  usage: '[APP] [SERVICE ...]',
  examples: [
    ['atoll top', 'the app of this folder'],
    ['atoll top shop/staging web', 'one service of another'],
    ['atoll top --json --stream', 'as data, one line every two seconds'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      stream: { kind: 'boolean', optional: true, brief: 'Go on until Ctrl-C; --no-stream looks once' },
    },
    aliases: fileAliases,
    positional: {
      kind: 'array',
      parameter: { ...appParameter, optional: false, brief: 'App, or app/environment, then services of it' },
    },
  },
  run: async (cli, flags, app, ...services) => {
    const ref = findRef(cli, flags, app)
    await using connection = await openCluster(cli, flags)
    const isOnce = !(flags.stream ?? (cli.stdout.isTerminal && !flags.json))
    const show = createScreen(cli, { asJson: flags.json, isOnce })
    try {
      for await (const loads of watchLoads(cli, { cluster: connection.cluster, ref, services })) {
        show(loads)
        if (isOnce) break
      }
    } catch (error) {
      if (!cli.signal.aborted) throw error
    }
    return exitStatus.good
  },
})

interface Watched {
  readonly cluster: Cluster
  readonly ref: EnvironmentRef
  /** All when empty. */
  readonly services: readonly string[]
}

async function* watchLoads(cli: Cli, watched: Watched): AsyncGenerator<readonly TaskLoad[], void> {
  // Side by side: a node that does not answer is waited for once and not twice.
  let [before, now] = await Promise.all([look(cli, watched), lookAfter(firstMs, cli, watched)])
  for (;;) {
    yield compareUsage(before, now)
    before = now
    now = await lookAfter(everyMs, cli, watched)
  }
}

const lookAfter = async (waitMs: number, cli: Cli, watched: Watched): Promise<readonly TaskUsage[]> => {
  await delay(waitMs, undefined, { signal: cli.signal })
  return look(cli, watched)
}

const look = async (cli: Cli, { cluster, ref, services }: Watched): Promise<readonly TaskUsage[]> => {
  const found = await cluster.stats(ref, cli.signal)
  const name = `${ref.app}/${ref.environment}`
  const absent = services.find((service) => !found.some((each) => each.service === service))
  if (found.length > 0 && absent === undefined)
    return services.length === 0 ? found : found.filter(({ service }) => services.includes(service))
  throw new CommandError('not-found', `look at ${absent ?? 'tasks'} of ${name}: no task of it runs`, {
    hint: `"atoll status ${name}" says what runs and why not`,
  })
}

/** A terminal is drawn anew; anything else gets one picture below the other. */
const createScreen = (
  cli: Cli,
  { asJson, isOnce }: { readonly asJson: boolean; readonly isOnce: boolean },
): ((loads: readonly TaskLoad[]) => void) => {
  const live = createLive(cli.stdout)
  return (tasks) => {
    if (asJson) cli.stdout.write(`${JSON.stringify({ atMs: cli.clock.now(), tasks })}\n`)
    else if (cli.stdout.isTerminal && !isOnce) live.draw(renderLoads(tasks, screenOf(cli.stdout)))
    else cli.stdout.write(`${renderLoads(tasks, screenOf(cli.stdout)).join('\n')}\n${isOnce ? '' : '\n'}`)
  }
}
