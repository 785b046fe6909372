import type { Client, Input } from '@atoll/api'
import { ApiError } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { parseAge, parseGrant } from '../../parse-grant.ts'
import { readTextFile } from '../../platform/ask.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderOidc } from '../../terminal/oidc.ts'

type Body = Input<'changeOidc'>['body']
type Mapping = Body['mappings'][number]

type Flags = JsonFlags &
  ContextFlags & {
    readonly issuer: string
    readonly clientId: string
    readonly clientSecretFile?: string
    readonly url?: string
    readonly authorityFile?: string
    readonly domain?: readonly string[]
    readonly map?: readonly Mapping[]
    readonly scope?: readonly string[]
    readonly session?: number
    readonly allowLoopback: boolean
  }

const text = (brief: string, placeholder: string) => ({ kind: 'parsed', parse: String, brief, placeholder }) as const
const list = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, variadic: true, optional: true, brief, placeholder }) as const

export const command = defineCommand<Flags, []>({
  description: `People sign in with "atoll login --oidc" from then on, besides passwords. Register at the provider a web client that comes back
to URL/v1/oidc/callback. Who comes has no role unless --map gives one, or an invitation with their address. Everything is in the
place of what was set before, but for the secret, which stays when none is given. Sessions by the provider end.`,
  examples: [
    [
      'atoll oidc set --issuer https://id.example.org --client-id atoll --client-secret-file secret --domain example.org',
      'who is invited by address',
    ],
    [
      'atoll oidc set --issuer https://id.example.org --client-id atoll --scope groups --map groups=ops=deployer@web',
      'everybody of the group ops deploys the apps of the team web',
    ],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      issuer: text('Address of the provider', 'url'),
      clientId: text('What the provider calls this cluster', 'id'),
      clientSecretFile: { ...text('File with its secret, "-" is standard input', 'path'), optional: true },
      url: {
        ...text('Where browsers reach this cluster; the address you are signed in at unless said', 'url'),
        optional: true,
      },
      authorityFile: {
        ...text('Certificates (PEM) to trust the provider by, when browsers do not know who signed its own', 'path'),
        optional: true,
      },
      domain: list('Only proven addresses of this domain come in; repeat for more', 'name'),
      map: {
        kind: 'parsed',
        parse: parseMapping,
        variadic: true,
        optional: true,
        brief: 'Who has this value of this claim has this role; repeat for more',
        placeholder: 'claim=value=role',
      },
      scope: list('Asked for besides openid, email and profile; repeat for more', 'name'),
      session: {
        kind: 'parsed',
        parse: parseAge,
        optional: true,
        brief: 'How long a session lasts; 12h unless said',
        placeholder: 'time',
      },
      allowLoopback: {
        kind: 'boolean',
        brief: 'For tests: provider and cluster by HTTP, on this machine alone',
        default: false,
        withNegated: false,
      },
    },
  },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const headers = { 'if-match': `"${await findRevision(client, cli.signal)}"` }
    const { clientSecretFile: secret, authorityFile: authority } = flags
    const body = {
      ...toBody(flags, connection.url),
      ...(secret === undefined ? {} : { clientSecret: readTextFile(cli, secret) }),
      ...(authority === undefined ? {} : { authorityPem: readTextFile(cli, authority) }),
    }
    const now = await client.call('changeOidc', { body, headers }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(now)}\n` : `${renderOidc(now).join('\n')}\n`)
    return exitStatus.good
  },
})

const findRevision = async (client: Client, signal: AbortSignal): Promise<number> => {
  try {
    return (await client.call('getOidcSettings', {}, signal)).revision
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0
    throw error
  }
}

const toBody = (flags: Flags, url: string): Body => ({
  issuer: flags.issuer,
  clientId: flags.clientId,
  url: flags.url ?? url,
  scopes: flags.scope ?? [],
  domains: flags.domain ?? [],
  mappings: flags.map ?? [],
  ...(flags.session === undefined ? {} : { sessionS: flags.session }),
  ...(flags.allowLoopback ? { allowsLoopback: true as const } : {}),
})

/** The value may have `=` in it, the other two have none. */
function parseMapping(input: string): Mapping {
  const [first, last] = [input.indexOf('='), input.lastIndexOf('=')]
  if (first < 1 || last <= first + 1) {
    throw new UsageError(`"${input}" is no mapping: write it as claim=value=role, such as groups=ops=deployer@web`)
  }
  return { claim: input.slice(0, first), value: input.slice(first + 1, last), grant: parseGrant(input.slice(last + 1)) }
}
