import type { Reply } from '@atoll/api'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { appNameParameter, contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import { renderColumns } from '../terminal/table.ts'

type Held = Reply<'getAllowance'>

type Flags = JsonFlags &
  ContextFlags & {
    readonly hostPath?: readonly string[]
    readonly capability?: readonly string[]
    readonly volumeDriver?: readonly string[]
    readonly network?: readonly string[]
    readonly dockerSocket: boolean
    readonly hostNetwork: boolean
    readonly withoutSelinux: boolean
    readonly nothing: boolean
  }

const list = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, variadic: true, optional: true, brief, placeholder }) as const
const mark = (brief: string) => ({ kind: 'boolean', brief, default: false, withNegated: false }) as const

export const command = defineCommand<Flags, [app: string]>({
  description: `What an app may do that the policy of agents forbids to others, in the place of what it might before. Each of these
reaches the node it runs on, or another app, so only owners may. Without a flag it shows what is allowed. It counts from the
next deployment on.`,
  usage: 'APP',
  examples: [
    ['atoll allow backup', 'shows what backup may'],
    [
      'atoll allow backup --host-path /srv/data --host-path /etc/ssl',
      'these two folders of its node, and nothing else',
    ],
    ['atoll allow report --network shop_production_default', 'speak to whatever is in this network of the app shop'],
    ['atoll allow watchtower --docker-socket', 'the whole cluster: think twice'],
    ['atoll allow backup --nothing', 'no more than any app'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      hostPath: list('Path of the node it may mount, as it is mounted; repeat for more', 'path'),
      capability: list('Kernel capability it may add, such as NET_ADMIN; repeat for more', 'name'),
      volumeDriver: list('Driver its volumes may have; repeat for more', 'name'),
      network: list('Network of another app it may join, as the engine names it; repeat for more', 'name'),
      dockerSocket: mark('Mount the Docker socket'),
      hostNetwork: mark('Join the network of the node'),
      withoutSelinux: mark('Run without SELinux labels'),
      nothing: mark('Take back whatever it was allowed'),
    },
    positional: { kind: 'tuple', parameters: [appNameParameter] },
  },
  run: async (cli, flags, app) => {
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const held = await client.call('getAllowance', { params: { name: app } }, cli.signal)
    const wanted = readFlags(flags)
    const now =
      wanted === undefined
        ? held
        : await client.call(
            'changeAllowance',
            { params: { name: app }, body: wanted, headers: { 'if-match': `"${held.revision}"` } },
            cli.signal,
          )
    cli.stdout.write(flags.json ? `${JSON.stringify(now)}\n` : `${renderAllowance(app, now).join('\n')}\n`)
    return exitStatus.good
  },
})

/** Undefined: nobody asked for a change. */
const readFlags = (flags: Flags): Omit<Held, 'revision'> | undefined => {
  const wanted = {
    hostPaths: flags.hostPath ?? [],
    capabilities: flags.capability ?? [],
    volumeDrivers: flags.volumeDriver ?? [],
    networks: flags.network ?? [],
    dockerSocket: flags.dockerSocket,
    hostNetwork: flags.hostNetwork,
    withoutSeLinux: flags.withoutSelinux,
  }
  const isEmpty = Object.values(wanted).every(
    (value) => value === false || (Array.isArray(value) && value.length === 0),
  )
  if (flags.nothing && !isEmpty) throw new UsageError('--nothing: and something else beside it', 'say one of the two')
  return isEmpty && !flags.nothing ? undefined : wanted
}

const renderAllowance = (app: string, held: Held): readonly string[] => {
  const rows = [
    ['host paths', held.hostPaths.join(', ')],
    ['capabilities', held.capabilities.join(', ')],
    ['volume drivers', held.volumeDrivers.join(', ')],
    ['networks of other apps', held.networks.join(', ')],
    ['Docker socket', held.dockerSocket ? 'yes' : ''],
    ['network of the node', held.hostNetwork ? 'yes' : ''],
    ['without SELinux', held.withoutSeLinux ? 'yes' : ''],
  ].filter(([, value]) => value !== '')
  return rows.length === 0 ? [`${app} may do what every app may`] : renderColumns(rows.map((row) => row.map(String)))
}
