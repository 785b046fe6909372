import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { exitStatus } from '../exit-status.ts'
import { parsePortPair } from '../forward/parse-ports.ts'
import type { PortPair } from '../forward/parse-ports.ts'
import { fileAliases, serviceParameter, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { note } from '../warn.ts'

export const command = defineCommand<TargetFlags, [task: string, ...ports: string[]]>({
  description:
    'Listens at 127.0.0.1 and carries what connects there to a port of the task, also one that is not published. Ctrl-C ends it.\nIt ends by itself when the task does. On the node of the task it takes the image of the platform, which "atoll init" brings.',
  usage: 'SERVICE [LOCAL:]REMOTE ...',
  examples: [
    ['atoll port-forward db 5432', 'the database at 127.0.0.1:5432'],
    ['atoll port-forward web.2 8080:80 :9090', 'two ports of one task, the second at any free one here'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'array',
      parameter: { ...serviceParameter, brief: 'Service or task, then ports', placeholder: 'service ports' },
      minimum: 2,
    },
  },
  run: async (cli, flags, wanted, ...ports) => {
    const pairs = ports.map(parsePortPair)
    const ref = findRef(cli, flags)
    await using connection = await openCluster(cli, flags)
    const { cluster } = connection
    const task = await cluster.findTask({ ref, task: wanted, doing: `reach ports of ${wanted}` }, cli.signal)
    const { runForwarding } = await import('../forward/run-forwarding.ts')
    const onReady = (locals: readonly number[]): void =>
      tell(cli, { locals, pairs, task: task.name, asJson: flags.json })
    const onReset = (reason: string): void => note(cli, `a connection to ${task.name} was given up: ${reason}`)
    try {
      await runForwarding({ cluster, ref, taskId: task.taskId, pairs, onReady, onReset }, cli.signal)
    } catch (error) {
      // Ctrl-C is how it is meant to end.
      if (!cli.signal.aborted) throw error
    }
    return exitStatus.good
  },
})

interface Ready {
  readonly locals: readonly number[]
  readonly pairs: readonly PortPair[]
  readonly task: string
  readonly asJson: boolean
}

const tell = (cli: Cli, { locals, pairs, task, asJson }: Ready): void => {
  const places = locals.map((local, at) => ({ local: `127.0.0.1:${local}`, task, port: pairs[at]?.remote ?? 0 }))
  const lines = places.map((place) => (asJson ? JSON.stringify(place) : `${place.local} -> ${task}:${place.port}`))
  cli.stdout.write(`${lines.join('\n')}\n`)
}
