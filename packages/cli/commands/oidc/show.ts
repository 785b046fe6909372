import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderOidc } from '../../terminal/oidc.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'The secret of the client is not shown, to nobody.',
  examples: [['atoll oidc show', 'the provider, and whom it lets in']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const held = await connection.client.call('getOidcSettings', {}, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(held)}\n` : `${renderOidc(held).join('\n')}\n`)
    return exitStatus.good
  },
})
