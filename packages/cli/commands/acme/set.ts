import type { Client, Input } from '@atoll/api'
import { ApiError } from '@atoll/api'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { readTextFile } from '../../platform/ask.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderAcme } from '../../terminal/certificates.ts'

type Body = Input<'changeAcme'>['body']

type Own = {
  readonly mail: string
  readonly directory?: string
  readonly rootFile?: string
  readonly eabKeyId?: string
  readonly eabHmacFile?: string
  readonly dns?: string
  readonly dnsFile?: string
  readonly dnsResolver?: readonly string[]
  readonly dnsForAll: boolean
  readonly dnsUnchecked: boolean
}
type Flags = JsonFlags & ContextFlags & Own

const letsEncrypt = 'https://acme-v02.api.letsencrypt.org/directory'

const text = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: String, optional: true, brief, placeholder }) as const
const yes = (brief: string) => ({ kind: 'boolean', brief, default: false, withNegated: false }) as const

export const command = defineCommand<Flags, []>({
  description: `Hosts of routes get certificates from then on, by ACME, and keep them: you agree to the terms of the authority by it. Names are
proven at port 80 of the nodes, each of which answers; wildcards by records in the DNS, which a provider of lego writes
(https://go-acme.github.io/lego/dns; Debian's lego lacks some). Everything is in the place of what was set before, secrets too, but
for the key of the account.`,
  usage: '--mail ADDRESS [--directory URL] [--dns PROVIDER --dns-file FILE]',
  examples: [
    ['atoll acme set --mail ops@example.org', "from Let's Encrypt"],
    [
      'atoll acme set --mail ops@example.org --directory https://ca.internal/acme/directory --root-file root.pem',
      'from an authority of your own',
    ],
    [
      'atoll acme set --mail ops@example.org --dns hetzner --dns-file hetzner.env',
      'wildcards, too; the file has lines such as HETZNER_API_KEY=...',
    ],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      mail: {
        kind: 'parsed',
        parse: String,
        brief: 'Where the authority writes when something is wrong',
        placeholder: 'address',
      },
      directory: text("Directory of the authority; that of Let's Encrypt unless said", 'url'),
      rootFile: text('Certificates (PEM) to trust it by, when not everybody knows it', 'path'),
      eabKeyId: text('Account with the authority that it wants first', 'id'),
      eabHmacFile: text('File with the key of that account, as the authority shows it; "-" is standard input', 'path'),
      dns: text('Provider of the DNS, as lego calls it', 'name'),
      dnsFile: text('File with its variables, NAME=VALUE on each line', 'path'),
      dnsResolver: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Who is asked whether records are there, as 10.0.0.1:53; repeat for more',
        placeholder: 'address',
      },
      dnsForAll: yes('Prove every name by the DNS: for nodes that nobody reaches from outside'),
      dnsUnchecked: yes('Do not wait until records are seen: where no resolver can be asked'),
    },
  },
  run: async (cli, flags) => {
    const body = toBody(cli, flags)
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const headers = { 'if-match': `"${await findRevision(client, cli.signal)}"` }
    const now = await client.call('changeAcme', { body, headers }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify(now)}\n` : `${renderAcme(now).join('\n')}\n`)
    return exitStatus.good
  },
})

const findRevision = async (client: Client, signal: AbortSignal): Promise<number> => {
  try {
    return (await client.call('getAcme', {}, signal)).revision
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0
    throw error
  }
}

const toBody = (cli: Cli, flags: Own): Body => {
  const { mail, directory = letsEncrypt, rootFile } = flags
  return {
    mail,
    directory,
    ...(rootFile === undefined ? {} : { rootPem: readTextFile(cli, rootFile) }),
    ...toBinding(cli, flags),
    ...toDns(cli, flags),
  }
}

const toBinding = (cli: Cli, { eabKeyId: keyId, eabHmacFile: file }: Own): Pick<Body, 'binding'> => {
  if (keyId === undefined && file === undefined) return {}
  if (keyId === undefined || file === undefined) {
    throw new UsageError('--eab-key-id and --eab-hmac-file belong together', 'give both')
  }
  // Some authorities show it with padding, or as plain base64.
  const secretHmacKey = readTextFile(cli, file).trim().replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  return { binding: { keyId, secretHmacKey } }
}

const toDns = (cli: Cli, flags: Own): Pick<Body, 'dns'> => {
  const { dns: provider, dnsFile, dnsResolver = [], dnsForAll: isForAll, dnsUnchecked: isUnchecked } = flags
  if (provider === undefined) {
    if (dnsFile === undefined && dnsResolver.length === 0 && !isForAll && !isUnchecked) return {}
    throw new UsageError(
      '--dns-file, --dns-resolver, --dns-for-all and --dns-unchecked are of a provider',
      'say --dns, too',
    )
  }
  const variables = dnsFile === undefined ? {} : parseVariables(readTextFile(cli, dnsFile))
  return { dns: { provider, variables, resolvers: [...dnsResolver], isForAll, isUnchecked } }
}

/** Lines as `env` prints them; a value is not quoted in a message. */
const parseVariables = (content: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    content
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line, at) => {
        const [, name, value] = /^(?:export )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
        if (name === undefined || value === undefined) {
          throw new UsageError(`--dns-file: entry ${at + 1} is no variable`, 'write NAME=VALUE on each line')
        }
        return [name, value.replace(/^(["'])(.*)\1$/, '$2')]
      }),
  )
