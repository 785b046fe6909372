import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { followDeployment } from '../follow-deployment.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { isInstalled, uninstall } from '../system/uninstall.ts'

type Flags = EngineFlags & { readonly yes: boolean }

export const command = defineCommand<Flags, []>({
  description: `Removes agents, controls, people, tokens and the keys of the cluster. Apps go on running, and their releases and
receipts stay: direct mode goes on from there, and "atoll init" installs the platform anew.`,
  examples: [
    ['atoll uninstall', 'asks first'],
    ['atoll uninstall --yes --json', 'does not; events as JSON lines'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { y: 'yes' },
  },
  run: async (cli, flags) => {
    await using connection = await cli.connect(flags.engine)
    if (!(await isInstalled(connection.context, cli.signal))) {
      tell(cli, flags, `the platform is not on ${connection.name}; there is nothing to remove`)
      return exitStatus.good
    }
    if (!flags.yes && !(await isConfirmed(cli, connection.name))) {
      cli.stderr.write('nothing was removed\n')
      return exitStatus.failed
    }
    using follower = followDeployment(cli, { asJson: flags.json })
    await uninstall(connection.context, { signal: cli.signal, onEvent: follower.onEvent })
    follower[Symbol.dispose]()
    tell(cli, flags, `${cli.stdout.palette.green('✓')} the platform is removed; apps go on running`)
    return exitStatus.good
  },
})

const tell = (cli: Cli, { json }: Flags, text: string): void =>
  cli.stdout.write(json ? `${JSON.stringify({ kind: 'uninstalled' })}\n` : `${text}\n`)

const isConfirmed = (cli: Cli, name: string): Promise<boolean> => {
  if (!cli.stdin.isTerminal)
    throw new UsageError('remove the platform: nobody is here to be asked', 'say --yes if you mean it')
  return cli.confirm(`Remove the platform from ${name}? People, tokens and keys go; apps stay.`)
}
