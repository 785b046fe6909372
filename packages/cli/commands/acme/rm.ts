import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description:
    'The key of the account is gone with it. Certificates that are there stay until they end, and nobody renews them.',
  examples: [['atoll acme rm', 'certificates of your own alone from then on']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeAcme', {}, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ isRemoved: true })}\n` : 'no authority is asked any more\n')
    return exitStatus.good
  },
})
