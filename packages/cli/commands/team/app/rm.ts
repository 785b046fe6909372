import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { appNameParameter, contextFlag, jsonFlag, teamParameter } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [team: string, name: string]>({
  description: 'It goes on running. Roles in the team do not count in it any more.',
  usage: 'TEAM APP',
  examples: [['atoll team app rm web shop', 'before another team takes it']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter, appNameParameter] },
  },
  run: async (cli, flags, team, name) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeTeamApp', { params: { team, name } }, cli.signal)
    cli.stdout.write(
      flags.json ? `${JSON.stringify({ team, name })}\n` : `app ${name} is not in team ${team} any more\n`,
    )
    return exitStatus.good
  },
})
