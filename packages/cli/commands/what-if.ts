import type { WhatIfRequest } from '@atoll/deploy'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { openCluster } from '../open-cluster.ts'
import { engineFlags, onlyAppFlag, parseEnvironment, proposeNodes } from '../parameters.ts'
import type { EngineFlags, OnlyAppFlags } from '../parameters.ts'
import { screenOf } from '../terminal/screen.ts'
import { renderEach, renderWhatIf } from '../terminal/what-if.ts'

type Flags = EngineFlags &
  OnlyAppFlags & { readonly lose?: readonly string[]; readonly loseZone?: string; readonly each: boolean }

export const command = defineCommand<Flags, []>({
  description: `Answers from the present state, and changes nothing: which tasks would start on other nodes, which could not and why
(memory and processors that are reserved, a most on each node, volumes, constraints, ports), what would be left free, and
whether the managers would keep their majority. Every service of the engine is placed, somebody else's too. What a node that
is up but cut off from the others goes on doing is not foreseen.

Ends with status 0 when all would be as before, and with 7 when something would not.`,
  usage: '[--lose NODE]... [--lose-zone ZONE] [--each]',
  examples: [
    ['atoll what-if', 'each node in turn, a line each'],
    ['atoll what-if --lose node-2', 'before it is taken out for repair'],
    ['atoll what-if --lose node-2 --lose node-3', 'both at once'],
    ['atoll what-if --lose-zone ams3 --app shop', 'all nodes with that label "zone"; one app only'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...onlyAppFlag,
      lose: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Node that goes, by its name; repeat for more at once',
        placeholder: 'node',
        proposeCompletions: proposeNodes,
      },
      loseZone: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'All nodes with this label "zone" go',
        placeholder: 'zone',
      },
      each: { kind: 'boolean', brief: 'Each node in turn, as without --lose', default: false, withNegated: false },
    },
  },
  run: async (cli, flags) => {
    const request = toRequest(flags)
    await using connection = await openCluster(cli, flags)
    const answer = await connection.cluster.whatIf(request, cli.signal)
    const screen = screenOf(cli.stdout)
    const [first] = answer.outcomes
    const isEach = request.lose === undefined && request.zone === undefined
    const text =
      isEach || first === undefined
        ? renderEach(answer, screen)
        : renderWhatIf(first, { ...screen, isAlone: answer.isAlone })
    cli.stdout.write(`${flags.json ? JSON.stringify(answer) : text.join('\n')}\n`)
    return answer.outcomes.every(({ survives }) => survives) ? exitStatus.good : exitStatus.wouldLose
  },
})

const toRequest = ({ lose, loseZone, each, app }: Flags): WhatIfRequest => {
  if (each && (lose !== undefined || loseZone !== undefined)) {
    throw new UsageError('--each: it is for every node in turn', 'leave it out, or --lose and --lose-zone')
  }
  const [name, environment] = app?.split('/') ?? []
  return {
    ...(lose === undefined ? {} : { lose }),
    ...(loseZone === undefined ? {} : { zone: loseZone }),
    ...(name === undefined ? {} : { app: name }),
    ...(environment === undefined ? {} : { environment: parseEnvironment(environment) }),
  }
}
