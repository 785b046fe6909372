import { resolve } from 'node:path'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { install } from '../system/install.ts'
import type { Installation } from '../system/install.ts'
import { renderInstallation } from '../terminal/installation.ts'

type Flags = EngineFlags & {
  readonly registry?: string
  readonly image?: string
  readonly name?: readonly string[]
  readonly imagesDays?: number
  readonly imagesGb?: number
}

export const command = defineCommand<Flags, []>({
  description: `Installs the platform onto the swarm: an agent on every node, a control on every manager, the API on port 8443
of every node. Prints one link for the first owner. Run it again to repair or upgrade: what is there already stays as it is.
Without a registry every node is given the image, so every node's engine has to be named.

Exit status: 0 installed, 4 rolled back, 5 failed.`,
  examples: [
    ['atoll init', 'onto the lab of this machine, or its own engine'],
    ['atoll init --engine ssh://root@node-1 --registry 127.0.0.1:5000', 'onto that swarm; its nodes pull from there'],
    ['atoll init --engine ssh://root@node-1 --engine ssh://root@node-2', 'without a registry: all nodes are named'],
    ['atoll init --name atoll.example.org', 'the name people reach the nodes by; repeat for more'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      registry: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Where the nodes pull the image of the platform from, and what the platform builds goes',
        placeholder: 'host/path',
      },
      image: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Image that "atoll image save" wrote elsewhere, instead of one made here',
        placeholder: 'file',
      },
      name: {
        kind: 'parsed',
        parse: parseName,
        variadic: true,
        optional: true,
        brief: 'DNS name or address of the nodes; repeat for more',
        placeholder: 'name',
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
  },
  run: async (cli, flags) => {
    await using connection = await cli.connect(flags.engine)
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
