import { openClient } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { codeFlag, jsonFlag, passwordFlag } from '../parameters.ts'
import type { CodeFlags, JsonFlags, PasswordFlags } from '../parameters.ts'
import { readContexts, withContext, writeContexts } from '../platform/contexts.ts'
import { findControls } from '../platform/find-controls.ts'
import { parseLink } from '../platform/parse-link.ts'
import type { LoginLink } from '../platform/parse-link.ts'
import { notTheCluster, readAuthority } from '../platform/read-authority.ts'
import { openBrowser } from '../platform/open-browser.ts'
import { signInByBrowser } from '../platform/browser-sign-in.ts'
import { signIn } from '../platform/sign-in.ts'
import type { Session } from '../platform/sign-in.ts'
import { openTransport } from '../platform/transport.ts'

type Flags = JsonFlags &
  PasswordFlags &
  CodeFlags & {
    readonly oidc: boolean
    readonly browser: boolean
    readonly name?: string
    readonly context?: string
    readonly fingerprint?: string
  }

export const command = defineCommand<Flags, [link: LoginLink]>({
  description: `The whole link, with what stands behind its #, makes you a person of the cluster; the address alone signs in somebody
who is one. Commands go to that cluster from then on; --engine and DOCKER_HOST still mean a swarm itself.`,
  usage: 'URL',
  examples: [
    ["atoll login 'https://10.0.0.1:8443/#TOKEN.FINGERPRINT'", 'by the link that init printed, or an invitation'],
    ['atoll login https://10.0.0.1:8443', 'again, by name and password'],
    ['atoll login --oidc https://10.0.0.1:8443', 'in a browser, by the provider an owner has set'],
    ['atoll login --oidc --no-browser https://10.0.0.1:8443', 'in the browser of another machine'],
    ['atoll login https://10.0.0.1:8443 --name ann --password-file - --fingerprint Zm...', 'from a script'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      name: { kind: 'parsed', parse: String, optional: true, brief: 'Who you are', placeholder: 'name' },
      oidc: {
        kind: 'boolean',
        brief: 'By the OpenID Connect provider of the cluster',
        default: false,
        withNegated: false,
      },
      browser: { kind: 'boolean', brief: 'Open a browser on this machine for --oidc', default: true },
      ...passwordFlag,
      ...codeFlag,
      context: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'What to call the cluster here; its address unless said',
        placeholder: 'name',
      },
      fingerprint: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Of the cluster, where the link has none',
        placeholder: 'text',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseLink, brief: 'Link or address of the cluster', placeholder: 'url' }],
    },
  },
  run: async (cli, flags, link) => {
    const authorityPem = await trust(cli, flags, link)
    await using transport = openTransport({ urls: [link.url], authorityPem })
    const session = await enter(cli, openClient({ send: transport.send }), { flags, link })
    const client = openClient({ send: transport.send, token: session.token })
    const urls = await findControls(client, link.url, cli.signal)
    const name = flags.context ?? new URL(link.url).host
    const context = { name, urls, authorityPem, token: session.token, person: session.name }
    const { configDir } = cli.config
    await writeContexts(configDir, { ...withContext(await readContexts(configDir), context), current: name })
    const told = { context: name, person: session.name, urls, expiresAtMs: session.expiresAtMs }
    cli.stdout.write(flags.json ? `${JSON.stringify(told)}\n` : `signed in to ${name} as ${session.name}\n`)
    return exitStatus.good
  },
})

/** By the provider where that was asked for, else by a link or a password. */
const enter = async (
  cli: Cli,
  client: Client,
  { flags, link }: { readonly flags: Flags; readonly link: LoginLink },
): Promise<Session> => {
  const { oidc, browser, name, passwordFile, code } = flags
  if (oidc) {
    if (link.token !== undefined) throw new UsageError('--oidc needs no invitation in the link: give the address alone')
    const open = browser ? (url: string) => openBrowser(cli.config, url) : undefined
    return signInByBrowser(cli, { client, openBrowser: open })
  }
  return signIn(cli, client, {
    ...(link.token === undefined ? {} : { token: link.token }),
    ...(name === undefined ? {} : { name }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(code === undefined ? {} : { code }),
  })
}

/** The cluster's authority, once the link or a person has said that it is the right one. */
const trust = async (cli: Cli, flags: Flags, { url, fingerprint = flags.fingerprint }: LoginLink): Promise<string> => {
  const seen = await readAuthority(url, cli.signal)
  if (fingerprint === seen.fingerprint || (await isKnown(cli, url, seen.certificatePem))) return seen.certificatePem
  if (fingerprint !== undefined) throw notTheCluster(url, seen.fingerprint)
  if (!cli.stdin.isTerminal) {
    throw new UsageError(`trust ${url}: nobody is here to compare its fingerprint`, 'say it with --fingerprint')
  }
  cli.stderr.write(`${url} is not known here yet. The fingerprint of its cluster is\n\n  ${seen.fingerprint}\n\n`)
  if (await cli.confirm('Is it the one "atoll init" printed?')) return seen.certificatePem
  throw new CommandError('not-trusted', `trust ${url}: you did not recognize its fingerprint`)
}

/** An authority that was compared once stays the one of its cluster. */
const isKnown = async ({ config }: Cli, url: string, certificatePem: string): Promise<boolean> => {
  const { contexts } = await readContexts(config.configDir)
  return contexts.some((context) => context.authorityPem === certificatePem && context.urls.includes(url))
}
