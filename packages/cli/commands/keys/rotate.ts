import { defineCommand } from '../../command.ts'
import type { Cli } from '../../cli.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { followDeployment } from '../../follow-deployment.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import { rotateKeys } from '../../system/rotate-keys.ts'
import type { Rotated } from '../../system/rotate-keys.ts'
import { renderDuration } from '../../terminal/time.ts'

export const command = defineCommand<EngineFlags, []>({
  description: `Gives the cluster a new key for sealing and agents a new secret, while everything goes on. Controls learn the new key
beside the old, then seal with it, then seal everything anew; the old key goes when nothing is sealed with it any more.
Interrupted at any point, run it again: it goes on where it was. The authority, which people trust, stays.

It takes a manager's engine: whoever signs in to the platform has no right to the platform's own secrets.`,
  examples: [
    ['atoll keys rotate --engine ssh://root@node-1', 'new keys, or goes on with an exchange that was left'],
    ['atoll keys rotate --engine ssh://root@node-1 --json', 'steps and events as JSON lines'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    if ((await chooseContext(cli.config, flags, cli.signal)) !== undefined) throw needsEngine()
    await using connection = await cli.connect(flags.engine)
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`engine: ${connection.name}\n`))
    const rotated = await followed(cli, flags, (options) => rotateKeys(connection.context, options))
    const told = `${cli.stdout.palette.green('✓')} key ${rotated.sealsKey} seals now, ${render(rotated)}\n`
    cli.stdout.write(flags.json ? `${JSON.stringify({ kind: 'rotated', ...rotated })}\n` : told)
    return exitStatus.good
  },
})

const render = ({ sealed, startedAtMs, endedAtMs }: Rotated): string =>
  `${sealed} ${sealed === 1 ? 'value' : 'values'} with it; it took ${renderDuration(endedAtMs - startedAtMs)}`

type Rotate = (options: Parameters<typeof rotateKeys>[1]) => Promise<Rotated>

const followed = async (cli: Cli, { json }: EngineFlags, run: Rotate): Promise<Rotated> => {
  using follower = followDeployment(cli, { asJson: json })
  const { onEvent, onStep } = follower
  return await run({ signal: cli.signal, author: cli.config.owner, onEvent, onStep })
}

const needsEngine = (): UsageError =>
  new UsageError(
    'exchange the keys: the platform cannot change itself',
    'name a manager of the swarm with --engine, such as --engine ssh://root@node-1',
  )
