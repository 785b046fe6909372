import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { appNameParameter, contextFlag, jsonFlag, teamParameter } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [team: string, name: string]>({
  description:
    'A new app by any deployer of the team; one that is there already by an owner of it. An app is in one team at most.',
  usage: 'TEAM APP',
  examples: [['atoll team app add web shop', 'roles in web count in shop']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter, appNameParameter] },
  },
  run: async (cli, flags, team, name) => {
    await using connection = await connectPlatform(cli, flags)
    const params = { team, name }
    const changed = await connection.client.call('addTeamApp', { params }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(changed)}\n` : `app ${name} is in team ${team}\n`)
    return exitStatus.good
  },
})
