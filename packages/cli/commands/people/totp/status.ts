import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [['atoll people totp status', 'on or off, and how many recovery codes are left']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const { name, hasTotp, recoveryCodes } = await connection.client.call('getMe', {}, cli.signal)
    const words = hasTotp ? `on; ${recoveryCodes} recovery codes are left\n` : 'off\n'
    cli.stdout.write(flags.json ? `${JSON.stringify({ name, hasTotp, recoveryCodes })}\n` : words)
    return exitStatus.good
  },
})
