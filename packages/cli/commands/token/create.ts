import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, grantParameter, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { parseAge } from '../../parse-grant.ts'
import type { Grant } from '../../parse-grant.ts'
import { once } from '../../platform/once.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

type Flags = JsonFlags & ContextFlags & { readonly expires: number }

export const command = defineCommand<Flags, [name: string, grant: Grant]>({
  description: `Prints what a program needs in its environment, once. It may do no more than you, and nothing once you are removed.`,
  usage: 'NAME ROLE[:APP|@TEAM]',
  examples: [
    ['atoll token create ci deployer:shop', 'for a pipeline that deploys one app, for 90 days'],
    ['atoll token create probe viewer --expires 365d --json', 'as data'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      expires: { kind: 'parsed', parse: parseAge, default: '90d', brief: 'How long it is good', placeholder: 'time' },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'What it is for', placeholder: 'name' }, grantParameter],
    },
  },
  run: async (cli, flags, name, grant) => {
    await using connection = await connectPlatform(cli, flags)
    const { client, url, fingerprint } = connection
    const body = { name, ...grant, expiresInS: flags.expires }
    const token = await once((headers) => client.call('createToken', { body, headers }, cli.signal), cli.signal)
    const authority = await fingerprint()
    const variables = [`ATOLL_URL=${url}`, `ATOLL_TOKEN=${token.secret}`, `ATOLL_AUTHORITY=${authority}`]
    if (flags.json) cli.stdout.write(`${JSON.stringify({ ...token, url, authority })}\n`)
    else cli.stdout.write(`${variables.join('\n')}\n`)
    return exitStatus.good
  },
})
