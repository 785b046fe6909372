import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderAcme } from '../../terminal/certificates.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'Keys and the values of variables are not shown, to nobody.',
  examples: [['atoll acme show', 'whom certificates come from, and how names are proven']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const held = await connection.client.call('getAcme', {}, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(held)}\n` : `${renderAcme(held).join('\n')}\n`)
    return exitStatus.good
  },
})
