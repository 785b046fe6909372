import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'Sessions by it end. People who came by it stay, and cannot sign in.',
  examples: [['atoll oidc rm', 'passwords alone from then on']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeOidc', {}, cli.signal)
    cli.stdout.write(
      flags.json ? `${JSON.stringify({ isRemoved: true })}\n` : 'nobody signs in by a provider any more\n',
    )
    return exitStatus.good
  },
})
