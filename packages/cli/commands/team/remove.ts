import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, personParameter, teamParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [team: string, name: string]>({
  description: 'That person has no role in it any more. What else they may do stays.',
  usage: 'TEAM NAME',
  examples: [['atoll team remove web ann', 'ann does something else now']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter, personParameter] },
  },
  run: async (cli, flags, team, name) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeTeamPerson', { params: { team, name } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ team, name })}\n` : `${name} is not in team ${team} any more\n`)
    return exitStatus.good
  },
})
