import type { Role } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, personParameter, roleParameter, teamParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [team: string, name: string, role: Role]>({
  description: 'In the place of another role in that team. Owners of a team may; other roles of that person stay.',
  usage: 'TEAM NAME ROLE',
  examples: [
    ['atoll team add web ann deployer', 'deploys every app of web'],
    ['atoll team add web bob owner', 'says who else is in it'],
  ],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter, personParameter, roleParameter] },
  },
  run: async (cli, flags, ...[team, name, role]) => {
    await using connection = await connectPlatform(cli, flags)
    const params = { team, name }
    const changed = await connection.client.call('addTeamPerson', { params, body: { role } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(changed)}\n` : `${name} is ${role} of team ${team}\n`)
    return exitStatus.good
  },
})
