import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, teamParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [name: string]>({
  description: 'Has no apps and no people at first. Who has a role in it has that role in each of its apps.',
  usage: 'TEAM',
  examples: [['atoll team create web', 'then "atoll team add web ann deployer"']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [teamParameter] },
  },
  run: async (cli, flags, name) => {
    await using connection = await connectPlatform(cli, flags)
    const team = await connection.client.call('createTeam', { body: { name } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(team)}\n` : `team ${name} is there\n`)
    return exitStatus.good
  },
})
