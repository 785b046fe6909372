import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, invitationParameter, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [invitation: string]>({
  description: 'Nobody comes in with its link any more. Who took it already stays: "atoll people rm" removes people.',
  usage: 'ID',
  examples: [['atoll people invitations rm 3f9a...', 'by the id that "ls" shows']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: {
      kind: 'tuple',
      parameters: [invitationParameter],
    },
  },
  run: async (cli, flags, invitation) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeInvitation', { params: { invitation } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ invitation })}\n` : `invitation ${invitation} is taken back\n`)
    return exitStatus.good
  },
})
