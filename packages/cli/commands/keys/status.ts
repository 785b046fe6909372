import type { Reply } from '@atoll/api'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { engineFlags } from '../../parameters.ts'
import type { EngineFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import { renderKeys } from '../../terminal/keys.ts'

export const command = defineCommand<EngineFlags, []>({
  description: `Which key seals what stands in documents, how much is sealed with which, and whether an exchange was left half way.
Through the platform only an owner may ask. Keys are told by their ids; nothing shows what they are.`,
  examples: [
    ['atoll keys status', 'of the cluster you are signed in to'],
    ['atoll keys status --engine ssh://root@node-1 --json', 'over a manager, as data'],
  ],
  parameters: { flags: engineFlags },
  run: async (cli, flags) => {
    const keys = await readKeys(cli, flags)
    const { stdout, clock } = cli
    const lines = renderKeys(keys, { palette: stdout.palette, nowMs: clock.now() })
    stdout.write(flags.json ? `${JSON.stringify(keys)}\n` : `${lines.join('\n')}\n`)
    return exitStatus.good
  },
})

const readKeys = async (cli: Cli, flags: EngineFlags): Promise<Reply<'getKeys'>> => {
  if ((await chooseContext(cli.config, flags, cli.signal)) !== undefined) {
    const { connectPlatform } = await import('../../platform/open-platform.ts')
    await using platform = await connectPlatform(cli, flags)
    return await platform.client.call('getKeys', {}, cli.signal)
  }
  await using connection = await cli.connect(flags.engine)
  const { describeKeys } = await import('../../system/describe-keys.ts')
  return await describeKeys(connection.context, cli.signal)
}
