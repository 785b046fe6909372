import type { Cli, EngineConnection } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { findStanding, recover } from '../system/recover.ts'
import type { Standing } from '../system/recover.ts'
import { rejoin } from '../system/rejoin.ts'
import { renderRecovered, renderStanding } from '../terminal/recovery.ts'

type Flags = EngineFlags & { readonly yes: boolean; readonly force: boolean; readonly rejoin?: string }

export const command = defineCommand<Flags, []>({
  description: `For when so many managers are lost for good that those left are no majority (two of three, say). It takes the engine of one
that is left, by its socket or ssh, and no control. It says what is safe and what may be lost, asks, and makes a Swarm of that manager
alone, with all it knows; what runs on other nodes goes on, here it may be started anew. Managers that can be started again are better
started: then nothing is lost.

It is refused while another manager answers; --force is for one that answers and is past help: stop its engine before.

With --rejoin it takes a server in again that was a manager of before and does not find its way: that forgets the old Swarm and joins
as a worker. Its volumes stay.`,
  usage: '[--yes] [--force] | --rejoin ENGINE',
  examples: [
    ['atoll recover --engine ssh://root@node-1', 'asks first'],
    ['atoll recover --engine ssh://root@node-1 --yes --json', 'does not; what became of it as data'],
    ['atoll recover --engine ssh://root@node-1 --rejoin ssh://root@node-2', 'takes a server in again'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
      force: { kind: 'boolean', brief: 'Although another manager answers', default: false, withNegated: false },
      rejoin: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Engine of a server of before that is to join again',
        placeholder: 'where',
      },
    },
    aliases: { y: 'yes' },
  },
  run: async (cli, flags) => {
    await using connection = await cli.connect(flags.engine, { patienceMs: 0 })
    return flags.rejoin === undefined ? await begin(cli, flags, connection) : await takeIn(cli, flags, connection)
  },
})

const begin = async (cli: Cli, flags: Flags, connection: EngineConnection): Promise<number> => {
  await using recoveries = own(connection.recoveries())
  const standing = await findStanding(recoveries.all, cli.signal)
  refuseAnswering(standing, flags)
  if (!flags.json) cli.stderr.write(`${renderStanding(standing, cli.stderr.palette).join('\n')}\n`)
  if (!flags.yes && !(await isConfirmed(cli, standing))) {
    cli.stderr.write('nothing was changed\n')
    return exitStatus.failed
  }
  await using patient = await cli.connect([standing.recovery.name])
  const recovered = await recover(patient.context, standing, cli.signal)
  const text = flags.json ? JSON.stringify(recovered) : renderRecovered(recovered, cli.stdout.palette).join('\n')
  cli.stdout.write(`${text}\n`)
  return exitStatus.good
}

/** Two that lead make two clusters of one, and each starts what it believes is missing. */
const refuseAnswering = ({ answering, manager }: Standing, { force }: Flags): void => {
  if (answering.length === 0 || force) return
  const all = manager.others.length + 1
  const isMajority = (answering.length + 1) * 2 > all
  throw new CommandError(
    'managers-there',
    `recover ${manager.name}: ${answering.length} of ${manager.others.length} other managers answer: ${answering.join(', ')}`,
    {
      hint: isMajority
        ? 'they are enough for a majority: wait a minute until they elect, and look at what keeps them apart'
        : 'start the others, or if they are lost for good stop the engines that answer, and say it again with --force',
    },
  )
}

const isConfirmed = (cli: Cli, { manager }: Standing): Promise<boolean> => {
  if (!cli.stdin.isTerminal) {
    throw new UsageError('recover: nobody is here to be asked', 'say --yes if the others are lost for good')
  }
  return cli.confirm(`Make ${manager.name} the only manager? The others must be off, or lost for good.`)
}

const takeIn = async (cli: Cli, flags: Flags, connection: EngineConnection): Promise<number> => {
  const given = flags.rejoin ?? ''
  await using back = await cli.connect([given], { patienceMs: 0 })
  await using managers = own(connection.recoveries())
  await using returned = own(back.recoveries())
  const [first] = returned.all
  if (first === undefined) throw new UsageError(`--rejoin ${given}: that is no engine`)
  const taken = await rejoin(connection.context, { managers: managers.all, returned: first }, cli.signal)
  const { palette } = cli.stdout
  const text = `${palette.green('✓')} ${palette.bold(taken.node)} is a worker again; "atoll node promote ${taken.node}" makes it a manager`
  cli.stdout.write(`${flags.json ? JSON.stringify(taken) : text}\n`)
  return exitStatus.good
}

const own = <Each extends AsyncDisposable>(all: readonly Each[]) => ({
  all,
  [Symbol.asyncDispose]: async () => {
    await Promise.all(all.map((each) => each[Symbol.asyncDispose]()))
  },
})
