import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag, serverInvitationParameter } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [invitation: string]>({
  description:
    'No server comes in with it any more, and one that is not proven yet never is. Who is a node stays one: "atoll node rm" takes nodes out.',
  usage: 'ID',
  examples: [['atoll node invite rm 3f9a...', 'by the id that "ls" shows']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: {
      kind: 'tuple',
      parameters: [serverInvitationParameter],
    },
  },
  run: async (cli, flags, invitation) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeServerInvitation', { params: { invitation } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ invitation })}\n` : `invitation ${invitation} is taken back\n`)
    return exitStatus.good
  },
})
