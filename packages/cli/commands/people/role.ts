import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, grantParameter, jsonFlag, personParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import type { Grant } from '../../parse-grant.ts'
import { matchPerson } from '../../platform/if-match.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderGrants } from '../../terminal/grants.ts'

type Flags = JsonFlags & ContextFlags & { readonly also?: readonly Grant[] }

export const command = defineCommand<Flags, [name: string, grant: Grant]>({
  description: 'In the place of what that person could do before. The last owner stays one.',
  usage: 'NAME ROLE[:APP|@TEAM]',
  examples: [
    ['atoll people role ann maintainer', 'of the whole cluster'],
    ['atoll people role bob deployer:shop --also viewer:wiki', 'of two apps'],
    ['atoll people role bob deployer@web', 'of every app of the team web'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      also: {
        kind: 'parsed',
        parse: grantParameter.parse,
        variadic: true,
        optional: true,
        brief: 'Another role beside it; repeat for more',
        placeholder: 'role',
      },
    },
    positional: { kind: 'tuple', parameters: [personParameter, grantParameter] },
  },
  run: async (cli, flags, name, grant) => {
    await using connection = await connectPlatform(cli, flags)
    const body = { grants: [grant, ...(flags.also ?? [])] }
    const headers = await matchPerson(connection.client, name, cli.signal)
    const person = await connection.client.call('changeRole', { params: { name }, body, headers }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(person)}\n` : `${name} is ${renderGrants(person.grants)}\n`)
    return exitStatus.good
  },
})
