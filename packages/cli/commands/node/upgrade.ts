import { defineCommand } from '../../command.ts'
import type { Cli } from '../../cli.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { engineFlags, nodeParameter } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { openJoinable } from '../../servers/open-joinable.ts'
import type { Joinable } from '../../servers/open-joinable.ts'
import { sshFlags, toLogin } from '../../servers/ssh-flags.ts'
import type { SshFlags } from '../../servers/ssh-flags.ts'
import { orderNodes } from '../../servers/upgrade/order-nodes.ts'
import { isNeeded, preflight, requireSafe } from '../../servers/upgrade/preflight.ts'
import type { Preflight, Reboot } from '../../servers/upgrade/preflight.ts'
import { upgradeNode } from '../../servers/upgrade/upgrade-node.ts'
import type { Palette } from '../../terminal/palette.ts'
import { renderPreflight, renderUpgraded } from '../../terminal/node-upgrade.ts'
import { parseDeadline } from './drain.ts'

type Flags = EngineFlags &
  SshFlags & {
    readonly all: boolean
    readonly reboot?: Reboot
    readonly check: boolean
    readonly deadline?: number
    readonly acceptLoss: boolean
    readonly on?: string
    readonly image?: string
  }

export const command = defineCommand<Flags, string[]>({
  description: `Node by node, workers first and the leader last: it is drained as "atoll node drain" does it, the packages of its system and
Docker are upgraded by apt, it is rebooted where that is needed (or Docker is started anew), and when it is back it takes tasks
again and is proven as "atoll node add" does it. Logs in by ssh as root at the address of the node, or as --on says.

Nothing is begun while a node is away, or when "atoll what-if" says that something would be missed without the node, unless
told. It stops at the first node where something goes wrong; that one is left drained, and the same once more goes on. A node that
somebody has drained is upgraded and stays drained.

--check looks and changes nothing but the lists of packages; it ends with status 3 when there is something to do.`,
  usage: 'NODE... | --all [--reboot auto|always|never] [--check]',
  examples: [
    ['atoll node upgrade --all --check', 'what is old, and whether each node can be missed'],
    ['atoll node upgrade node-2', 'one node, to see how it goes'],
    [
      'atoll node upgrade --all --engine ssh://root@node-1 --on %n',
      'logging in by the names of nodes, as Hosts of ssh',
    ],
    ['atoll node upgrade --all --reboot never', 'and boot them another day'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      ...sshFlags,
      all: { kind: 'boolean', brief: 'All nodes', default: false, withNegated: false },
      reboot: {
        kind: 'enum',
        values: ['auto', 'always', 'never'],
        optional: true,
        brief: 'Whether it is rebooted; when not said, where an upgrade wants it (auto)',
      },
      check: { kind: 'boolean', brief: 'Only say what would be done', default: false, withNegated: false },
      deadline: {
        kind: 'parsed',
        parse: parseDeadline,
        optional: true,
        brief: 'How long what cannot move may still run: 90s, 10m, 2h; 10 minutes when not said',
        placeholder: 'time',
      },
      acceptLoss: {
        kind: 'boolean',
        brief: 'Go on although something will be missed',
        default: false,
        withNegated: false,
      },
      on: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Server as ssh knows it, %n is the name of the node; root at its address when not said',
        placeholder: 'server',
      },
      image: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Image with a Node to prove it with; that of the platform when not said',
        placeholder: 'reference',
      },
    },
    positional: { kind: 'array', parameter: nodeParameter },
  },
  run: async (cli, flags, ...names) => {
    await using joinable = await openJoinable(cli, flags)
    const order = { names, isAll: flags.all }
    const ids = orderNodes(await joinable.cluster.nodes(cli.signal), order).map(({ id }) => id)
    if (ids.length > 1 && flags.on !== undefined && !flags.on.includes('%n')) {
      throw new UsageError(
        '--on names one server, and several nodes are meant',
        'write %n where the name of the node stands',
      )
    }
    // All are looked at before the first is touched.
    const looked: Preflight[] = []
    for (const id of ids) looked.push(await look(cli, joinable, { flags, id }))
    if (flags.check) return tell(cli, looked, flags)
    for (const { node } of looked) await upgrade(cli, joinable, { flags, id: node.id })
    return exitStatus.good
  },
})

interface Meant {
  readonly flags: Flags
  readonly id: string
}

const loginFor = (cli: Cli, flags: Flags, { name, address }: Preflight['node']) =>
  toLogin(cli, flags.on?.replaceAll('%n', name) ?? `root@${address}`, flags)

/** As it is now: the one before may have changed what there is to say. */
const look = async (cli: Cli, { cluster }: Joinable, { flags, id }: Meant): Promise<Preflight> => {
  using steps = followSteps(cli, { asJson: flags.json })
  const nodes = await cluster.nodes(cli.signal)
  const node = nodes.find((each) => each.id === id)
  if (node === undefined) throw new UsageError(`${id}: it left the cluster meanwhile`)
  await using server = await cli.openServer(loginFor(cli, flags, node))
  const found = await preflight({ cluster, server, node, steps }, cli.signal)
  const { reboot = 'auto', acceptLoss: acceptsLoss } = flags
  if (!flags.check && isNeeded(found, reboot)) requireSafe(found, nodes, { acceptsLoss })
  return found
}

const tell = (cli: Cli, looked: readonly Preflight[], { json, reboot = 'auto' }: Flags): number => {
  const needed = looked.filter((each) => isNeeded(each, reboot))
  const lines = json
    ? looked.map((each) => JSON.stringify(toData(each, reboot)))
    : looked.flatMap((each) => renderPreflight(each, isNeeded(each, reboot), cli.stdout.palette))
  cli.stdout.write(`${lines.join('\n')}\n`)
  return needed.length === 0 ? exitStatus.good : exitStatus.somethingToDo
}

const toData = (found: Preflight, reboot: Reboot) => {
  const { node, facts, isLeft, risks } = found
  const { packages, needsReboot, engineVersion } = facts
  const isToDo = isNeeded(found, reboot)
  return { kind: 'checked', node: node.name, isNeeded: isToDo, packages, needsReboot, engineVersion, isLeft, risks }
}

const upgrade = async (cli: Cli, joinable: Joinable, { flags, id }: Meant): Promise<void> => {
  const { reboot = 'auto', json: asJson, deadline, image } = flags
  const before = await look(cli, joinable, { flags, id })
  const { palette } = cli.stdout
  if (!isNeeded(before, reboot)) return tellFresh(cli, before, { asJson, palette })
  using steps = followSteps(cli, { asJson })
  const login = loginFor(cli, flags, before.node)
  const given = {
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    ...(image === undefined ? {} : { image }),
  }
  const upgraded = await upgradeNode(cli, { joinable, login, steps, reboot, asJson, ...given }, before)
  steps[Symbol.dispose]()
  const lines = asJson ? [JSON.stringify({ kind: 'upgraded', ...upgraded })] : renderUpgraded(upgraded, palette)
  cli.stdout.write(`${lines.join('\n')}\n`)
}

const tellFresh = (
  cli: Cli,
  before: Preflight,
  { asJson, palette }: { readonly asJson: boolean; readonly palette: Palette },
): void => {
  const lines = asJson ? [JSON.stringify(toData(before, 'auto'))] : renderPreflight(before, false, palette)
  cli.stdout.write(`${lines.join('\n')}\n`)
}
