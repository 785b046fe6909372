import { resolve } from 'node:path'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags, platformImageFlag } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { followSteps } from '../servers/follow-steps.ts'
import { openFirst } from '../servers/open-first.ts'
import type { FirstConnection } from '../servers/open-first.ts'
import { parseAddress, parseZone, sshFlags, toLogin } from '../servers/ssh-flags.ts'
import type { SshFlags } from '../servers/ssh-flags.ts'
import { install } from '../system/install.ts'
import type { Installation } from '../system/install.ts'
import { renderInstallation } from '../terminal/installation.ts'

type Flags = EngineFlags &
  SshFlags & {
    readonly on?: string
    readonly zone?: string
    readonly address?: string
    readonly yes: boolean
    readonly registry?: string
    readonly image?: string
    readonly name?: readonly string[]
    readonly ingress?: 'on' | 'off'
    readonly imagesDays?: number
    readonly imagesGb?: number
  }

export const command = defineCommand<Flags, []>({
  description: `Installs the platform onto the swarm: an agent on every node, a control on every manager, the API on port 8443
of every node. Prints one link for the first owner. Run it again to repair: what is there already stays as it is. Another build comes
by "atoll upgrade".
Ports 80 and 443 of every node are the ingress', which serves what apps say under routes; with --ingress off it has none of them.
Without a registry every node is given the image, so every node's engine has to be named.

On a Debian or Ubuntu server that is in no swarm yet, as root, or on the one named with --on, it makes one first: it looks whether
the server will do, installs Docker from the distribution where it is missing, and forms the swarm at its private address. "atoll node
add" makes further servers nodes.

Exit status: 0 installed, 4 rolled back, 5 failed.`,
  examples: [
    ['atoll init', 'onto the lab of this machine, or its own engine'],
    ['atoll init --on root@203.0.113.7 --zone ams3', 'onto a server with nothing on it, from here'],
    ['atoll init --engine ssh://root@node-1 --registry 127.0.0.1:5000', 'onto that swarm; its nodes pull from there'],
    ['atoll init --engine ssh://root@node-1 --engine ssh://root@node-2', 'without a registry: all nodes are named'],
    ['atoll init --ingress off', 'beside a proxy of your own that has 80 and 443'],
    ['atoll init --name atoll.example.org', 'the name people reach the nodes by; repeat for more'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      on: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Server to make the first of a cluster, as ssh knows it, instead of this one',
        placeholder: 'server',
      },
      ...sshFlags,
      zone: {
        kind: 'parsed',
        parse: parseZone,
        optional: true,
        brief: 'Where the server stands; services are spread over zones',
        placeholder: 'name',
      },
      address: {
        kind: 'parsed',
        parse: parseAddress,
        optional: true,
        brief: 'At which other nodes will reach it, when it has several',
        placeholder: 'address',
      },
      yes: { kind: 'boolean', brief: 'Do not ask before this server is changed', default: false, withNegated: false },
      registry: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Where the nodes pull the image of the platform from, and what the platform builds goes',
        placeholder: 'host/path',
      },
      ...platformImageFlag,
      name: {
        kind: 'parsed',
        parse: parseName,
        variadic: true,
        optional: true,
        brief: 'DNS name or address of the nodes; repeat for more',
        placeholder: 'name',
      },
      ingress: {
        kind: 'enum',
        values: ['on', 'off'],
        optional: true,
        brief:
          'Serve routes at 80 and 443 of every node; off where something else has these ports. As it was when not said',
      },
      imagesDays: {
        kind: 'parsed',
        parse: parseAmount,
        optional: true,
        brief: 'Nodes keep an image nobody needs for so long; 7 when not said',
        placeholder: 'days',
      },
      imagesGb: {
        kind: 'parsed',
        parse: parseAmount,
        optional: true,
        brief: 'And so much of older ones; 10 when not said, and no more than a fifth of the disk',
        placeholder: 'gigabytes',
      },
    },
    aliases: { y: 'yes' },
  },
  run: async (cli, flags) => {
    await using first = await open(cli, flags)
    const { connection } = first
    const registry = flags.registry ?? connection.registry
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
    const installation = await installFollowed(cli, flags, (options) =>
      install(
        connection.context,
        {
          ...(registry === undefined ? {} : { registry }),
          ...(flags.image === undefined ? {} : { imagePath: resolve(cli.config.workingDir, flags.image) }),
          images: connection.images,
          names: flags.name ?? [],
          ...(flags.ingress === undefined ? {} : { hasIngress: flags.ingress === 'on' }),
          keptImages: {
            ...(flags.imagesDays === undefined ? {} : { days: flags.imagesDays }),
            ...(flags.imagesGb === undefined ? {} : { gigabytes: flags.imagesGb }),
          },
          author: cli.config.owner,
        },
        options,
      ),
    )
    return tell(cli, flags, installation)
  },
})

const open = async (cli: Cli, flags: Flags): Promise<FirstConnection> => {
  const { on, engine, zone, address, ingress, yes, json } = flags
  if (on !== undefined && engine !== undefined) {
    throw new UsageError('--on makes a cluster of a server, --engine asks one that is there: say one of them')
  }
  using steps = followSteps(cli, { asJson: json })
  return await openFirst(cli, {
    steps,
    isSure: yes,
    ...(on === undefined ? {} : { login: toLogin(cli, on, flags) }),
    ...(engine === undefined ? {} : { engines: engine }),
    ...(zone === undefined ? {} : { zone }),
    ...(address === undefined ? {} : { address }),
    ...(ingress === undefined ? {} : { hasIngress: ingress === 'on' }),
  })
}

type Install = (options: Parameters<typeof install>[2]) => Promise<Installation>

const installFollowed = async (cli: Cli, { json }: EngineFlags, run: Install): Promise<Installation> => {
  using follower = followDeployment(cli, { asJson: json })
  const { onEvent, onStep } = follower
  return await run({ signal: cli.signal, onEvent, onStep })
}

const tell = (cli: Cli, { json }: EngineFlags, installation: Installation): number => {
  const { outcome, doors } = installation
  if (json) cli.stdout.write(`${JSON.stringify({ kind: 'installed', ...installation })}\n`)
  else cli.stdout.write(renderInstallation(installation, cli.stdout.palette))
  if (outcome.kind === 'rolled-back') return exitStatus.rolledBack
  if (outcome.kind === 'failed') return exitStatus.deployFailed
  return doors.every(({ trouble }) => trouble === undefined) ? exitStatus.good : exitStatus.failed
}

function parseName(input: string): string {
  if (/^[a-z0-9]([a-z0-9.:-]*[a-z0-9])?$/i.test(input)) return input
  throw new UsageError(`"${input}" is no DNS name and no address`, 'write it as atoll.example.org or 203.0.113.7')
}

function parseAmount(input: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(input)) return Number(input)
  throw new UsageError(`"${input}" is no amount`, 'write it as 7 or 2.5')
}
