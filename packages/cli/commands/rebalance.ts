import type { RebalanceAnswer, RebalanceQuestion } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { conductIfNeeded } from '../conduct-deployment.ts'
import { exitStatus } from '../exit-status.ts'
import { openCluster } from '../open-cluster.ts'
import { appParameter, engineFlags, parseEnvironment } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { renderRebalancing } from '../terminal/rebalancing.ts'
import { screenOf } from '../terminal/screen.ts'

type Flags = EngineFlags & { readonly dryRun: boolean; readonly stateful: boolean }

export const command = defineCommand<Flags, [app?: string]>({
  description: `Tasks stay where they are when a node comes back, is resumed or joins. This moves those of services that have more on one
node than an even spread would give: one service after the other, one task at a time, each started and healthy elsewhere before
one is stopped. What a service asks to be spread over (preferences: [spread: node.labels.zone]) comes first, then nodes. Where a task
may run is respected: constraints, volumes, room, ports, the most on a node.

Without --stateful only services whose update starts first are moved. With --dry-run it only tells, and ends with status 3 when
something would move. Each app is a deployment of its own, with a receipt.`,
  usage: '[APP] [--dry-run] [--stateful]',
  examples: [
    ['atoll rebalance --dry-run', 'tasks on each node before and after, and nothing is changed'],
    ['atoll rebalance', 'all apps, one after the other'],
    ['atoll rebalance shop/staging --stateful', 'one environment, services that stop first, too'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      dryRun: { kind: 'boolean', brief: 'Only tell what would move', default: false, withNegated: false },
      stateful: {
        kind: 'boolean',
        brief: 'Move services that stop before they start, too',
        default: false,
        withNegated: false,
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ ...appParameter, brief: 'App, or app/environment; all when not said' }],
    },
  },
  run: async (cli, { dryRun, stateful, ...flags }, app) => {
    const answer = await look(cli, flags, toQuestion(app, stateful))
    if (dryRun || answer.services.length === 0) return tell(cli, answer, flags)
    let worst: number = exitStatus.good
    for (const ref of listRefs(answer)) {
      const status = await conductIfNeeded(cli, flags, (cluster, options) =>
        cluster.rebalance({ ref, isStateful: stateful }, options),
      )
      if (status === exitStatus.interrupted) return status
      worst = Math.max(worst, status)
    }
    return worst
  },
})

const toQuestion = (given: string | undefined, isStateful: boolean): RebalanceQuestion => {
  const [app, environment] = given?.split('/') ?? []
  return {
    isStateful,
    ...(app === undefined ? {} : { app }),
    ...(environment === undefined ? {} : { environment: parseEnvironment(environment) }),
  }
}

const look = async (cli: Cli, flags: EngineFlags, question: RebalanceQuestion): Promise<RebalanceAnswer> => {
  await using connection = await openCluster(cli, flags)
  return await connection.cluster.foreseeRebalancing(question, cli.signal)
}

const tell = (cli: Cli, answer: RebalanceAnswer, { json }: EngineFlags): number => {
  const text = json ? JSON.stringify(answer) : renderRebalancing(answer, screenOf(cli.stdout)).join('\n')
  cli.stdout.write(`${text}\n`)
  return answer.services.length === 0 ? exitStatus.good : exitStatus.somethingToDo
}

const listRefs = ({ services }: RebalanceAnswer): readonly EnvironmentRef[] => [
  ...new Map(services.map(({ ref }) => [`${ref.app}/${ref.environment}`, ref])).values(),
]
