import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, teamParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [name: string]>({
  description: 'Only when it has no apps. Roles in it are gone, also those of tokens and invitations.',
  usage: 'TEAM',
  examples: [['atoll team rm web', 'after its apps were taken out']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter] },
  },
  run: async (cli, flags, name) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeTeam', { params: { name } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ name })}\n` : `team ${name} is removed\n`)
    return exitStatus.good
  },
})
