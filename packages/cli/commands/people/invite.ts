import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, grantParameter, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { parseAge } from '../../parse-grant.ts'
import type { Grant } from '../../parse-grant.ts'
import { once } from '../../platform/once.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderMoment } from '../../terminal/time.ts'

type Flags = JsonFlags & ContextFlags & { readonly expires?: number; readonly email?: string }

export const command = defineCommand<Flags, [grant: Grant]>({
  description: 'Prints a link. Who opens it, once, becomes a person of the cluster with this role.',
  usage: 'ROLE[:APP|@TEAM]',
  examples: [
    ['atoll people invite maintainer', 'of the whole cluster'],
    ['atoll people invite deployer:shop --expires 2h', 'of one app, by a link good for two hours'],
    ['atoll people invite viewer@web --email ann@example.org', 'of a team; by OpenID Connect too'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      expires: {
        kind: 'parsed',
        parse: parseAge,
        optional: true,
        brief: 'How long the link is good: 12h, 7d; a day unless said',
        placeholder: 'time',
      },
      email: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Who comes by OpenID Connect with this address needs no link',
        placeholder: 'address',
      },
    },
    positional: { kind: 'tuple', parameters: [grantParameter] },
  },
  run: async (cli, flags, grant) => {
    await using connection = await connectPlatform(cli, flags)
    const { client, url, fingerprint } = connection
    const body = {
      ...grant,
      ...(flags.email === undefined ? {} : { email: flags.email }),
      ...(flags.expires === undefined ? {} : { expiresInS: flags.expires }),
    }
    const invited = await once((headers) => client.call('invitePerson', { body, headers }, cli.signal), cli.signal)
    const { token, expiresAtMs } = invited
    const link = `${url}/#${token}.${await fingerprint()}`
    if (flags.json) cli.stdout.write(`${JSON.stringify({ ...grant, link, expiresAtMs })}\n`)
    else cli.stdout.write(`atoll login '${link}'\n`)
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`good once, until ${renderMoment(expiresAtMs)}\n`))
    return exitStatus.good
  },
})
