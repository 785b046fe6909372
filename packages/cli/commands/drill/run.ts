import { defineCommand } from '../../command.ts'
import type { Cli } from '../../cli.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { conductDrill, foreseeDrill } from '../../drills/conduct-drill.ts'
import type { Foreseen } from '../../drills/conduct-drill.ts'
import { askPort } from '../../drills/probe-ports.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { nodeServerFlag, sshFlags, toLogin } from '../../servers/ssh-flags.ts'
import type { SshFlags } from '../../servers/ssh-flags.ts'
import { isGoodDrill, renderDrill } from '../../terminal/drill.ts'
import { screenOf } from '../../terminal/screen.ts'
import { parseSince } from '../../terminal/time.ts'

type Flags = EngineFlags &
  SshFlags & {
    readonly kind?: 'engine' | 'network' | 'power'
    readonly for?: number
    readonly on?: string
    readonly acceptLoss: boolean
    readonly yes: boolean
  }

export const command = defineCommand<Flags, [node: string]>({
  description: `Makes a failure for real, after asking: the engine is killed and kept from starting (--kind engine, unless said), every packet
of the server is dropped (network), or it is reset without an orderly end (power, which needs systemd there). Logs in by ssh as root
to do it. The server itself puts it back after a time, by a timer that runs there before anything is done; a boot ends it, too.

Meanwhile every port that a service publishes on nodes is asked at the other nodes, as far as it is reached from here. Told are the
time until the managers miss the node, until tasks have other nodes, until all run, until the node is back, and the requests that
failed, beside the last drill of that kind. It is kept: "atoll drill ls".

Refused while a node is away, and when "atoll what-if" says that something would be missed, unless told. It asks the engine of a
manager, so --engine names one, better another than the node that is drilled.`,
  usage: 'NODE [--kind engine|network|power] [--for TIME]',
  examples: [
    ['atoll drill run node-2', 'its engine dies for 90 seconds; "run" may be left out'],
    ['atoll drill node-2 --kind network --for 2m --on node-2', 'a Host of ssh, not the address of the node'],
    ['atoll drill node-2 --yes --json', 'from a scheduled job'],
    ['atoll drill ls', 'what came of those before'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...sshFlags,
      kind: {
        kind: 'enum',
        values: ['engine', 'network', 'power'],
        optional: true,
        brief: 'What fails; engine when not said',
      },
      for: {
        kind: 'parsed',
        parse: parseTime,
        optional: true,
        brief: 'After how long it is put back: 30s to 15m; 90s when not said',
        placeholder: 'time',
      },
      ...nodeServerFlag,
      acceptLoss: {
        kind: 'boolean',
        brief: 'Go on although something will be missed',
        default: false,
        withNegated: false,
      },
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { y: 'yes' },
    positional: { kind: 'tuple', parameters: [nodeParameter] },
  },
  run: async (cli, flags, node) => {
    const { kind = 'engine', for: lastsMs = usualMs } = flags
    await requireDirect(cli, flags)
    await using connection = await cli.connect(flags.engine)
    const { context } = connection
    const foreseen = await foreseeDrill(context, node, cli.signal)
    refuseLoss(foreseen, flags)
    if (!flags.yes && !(await isConfirmed(cli, foreseen, `${kind} for ${lastsMs / 1000} s`))) return exitStatus.failed
    await using server = await cli.openServer(toLogin(cli, flags.on ?? `root@${foreseen.address}`, flags))
    using steps = followSteps(cli, { asJson: flags.json })
    const order = { kind, lastsMs, foreseen }
    const { drill, last } = await conductDrill({ context, server, ask: askPort, steps }, order, cli.signal)
    steps[Symbol.dispose]()
    const lines = flags.json
      ? [JSON.stringify({ kind: 'drilled', drill, ...(last === undefined ? {} : { last }) })]
      : renderDrill(drill, last, screenOf(cli.stdout))
    cli.stdout.write(`${lines.join('\n')}\n`)
    return isGoodDrill(drill) ? exitStatus.good : exitStatus.failed
  },
})

const usualMs = 90_000
const leastMs = 30_000
const longestMs = 900_000

function parseTime(text: string): number {
  const ms = /^\d+[sm]/.test(text) ? parseSince(text, 0) : undefined
  if (ms !== undefined && -ms >= leastMs && -ms <= longestMs) return -ms
  throw new UsageError(`--for "${text}": it is no time between 30 seconds and 15 minutes`, 'say 90s or 2m')
}

/** A control has no right to make a server fail, and no way into it. */
const requireDirect = async (cli: Cli, flags: Pick<Flags, 'engine' | 'context'>): Promise<void> => {
  const chosen = await chooseContext(cli.config, flags, cli.signal)
  if (chosen === undefined) return
  throw new CommandError('direct-only', `make a drill: the platform (${chosen.context.name}) makes no server fail`, {
    hint: 'name the engine of a manager: --engine ssh://root@MANAGER',
  })
}

const refuseLoss = ({ node, risks }: Foreseen, { acceptLoss }: Pick<Flags, 'acceptLoss'>): void => {
  if (risks.length === 0 || acceptLoss) return
  throw new CommandError('would-lose', `drill ${node}: ${risks.slice(0, 5).join('; ')}`, {
    hint: 'mend that first, or say --accept-loss and mean it',
  })
}

const isConfirmed = async (cli: Cli, { node, risks }: Foreseen, what: string): Promise<boolean> => {
  if (!cli.stdin.isTerminal) throw new UsageError('nobody is here to be asked', 'say --yes if you mean it')
  const missed = risks.length === 0 ? 'nothing is foreseen to be missed' : `missed will be: ${risks.join('; ')}`
  return cli.confirm(`${node}: ${what}; ${missed}. Do it?`)
}
