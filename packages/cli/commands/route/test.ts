import { describeRoute, examineRoutes, parseRequest } from '@atoll/spec'
import type { App, Route, RouteRequest } from '@atoll/spec'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, environmentFlag, fileAliases, fileFlags, jsonFlag, onlyAppFlag } from '../../parameters.ts'
import type { ContextFlags, EnvironmentFlags, FileFlags, JsonFlags, OnlyAppFlags } from '../../parameters.ts'
import { chooseContext } from '../../platform/choose-context.ts'
import { openApp } from '../../project/open-app.ts'
import { renderTested } from '../../terminal/tested-routes.ts'
import type { Tested } from '../../terminal/tested-routes.ts'
import { screenOf } from '../../terminal/screen.ts'

type RequestFlags = { readonly method?: string; readonly header?: readonly string[] }

type Flags = JsonFlags & ContextFlags & OnlyAppFlags & FileFlags & EnvironmentFlags & RequestFlags

export const command = defineCommand<Flags, [url: string]>({
  description: `Says which route the ingress would take for a request, and why not the others of its host; nothing is sent. Where you are
signed in to a platform, the routes are those of the current releases of all apps; elsewhere, or with -f, those of the
compose file. An address without a scheme is meant by https.

Ends with status 1 when no route answers.`,
  usage: 'URL [--method M] [--header "X: y"]... [--app A | -f FILE]',
  examples: [
    ['atoll route test shop.example.org/api', 'which route answers there'],
    ['atoll route test https://shop.example.org/api --method POST --header "X-Beta: yes"', 'of another request'],
    ['atoll route test shop.example.org --app shop/staging', 'as if only this app had routes'],
    ['atoll route test shop.example.org -f compose.yaml', 'before it is deployed'],
  ],
  parameters: {
    flags: {
      method: { kind: 'parsed', parse: String, optional: true, brief: 'GET when not said', placeholder: 'method' },
      header: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'Header of the request; repeat for more',
        placeholder: 'name: value',
      },
      ...onlyAppFlag,
      ...environmentFlag,
      ...fileFlags,
      ...jsonFlag,
      ...contextFlag,
    },
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [{ parse: String, brief: 'Address of the request', placeholder: 'URL' }],
    },
  },
  run: async (cli, flags, url) => {
    const request = requestOf(url, flags)
    const tested = (await testOnPlatform(cli, flags, url)) ?? testFiles(cli, flags, request)
    const text = flags.json ? JSON.stringify(tested) : renderTested(tested, request, screenOf(cli.stdout)).join('\n')
    cli.stdout.write(`${text}\n`)
    return tested.kind === 'route' || tested.kind === 'hidden' ? exitStatus.good : exitStatus.failed
  },
})

const requestOf = (url: string, { method, header = [] }: RequestFlags): RouteRequest => {
  const parsed = parseRequest(url, { headers: header, ...(method === undefined ? {} : { method }) })
  if (parsed.kind === 'error') throw new UsageError(parsed.message)
  return parsed.value
}

/** Undefined: the compose file is meant. */
const testOnPlatform = async (cli: Cli, flags: Flags, url: string): Promise<Tested | undefined> => {
  const { app: named, file, env, method, header } = flags
  if (file !== undefined && named !== undefined) {
    throw new UsageError('--app is of the platform, -f of a file: say one of them')
  }
  const chosen = file === undefined ? await chooseContext(cli.config, flags, cli.signal) : undefined
  if (chosen === undefined) return undefined
  const [app, environment = env] = named?.split('/') ?? []
  await using connection = (await import('../../platform/open-platform.ts')).openPlatform(cli, chosen)
  const query = {
    url,
    ...(method === undefined ? {} : { method }),
    ...(header === undefined ? {} : { headers: header.join('\n') }),
    ...(app === undefined ? {} : { app }),
    ...(environment === undefined ? {} : { environment }),
  }
  return await connection.client.call('testRoute', { query }, cli.signal)
}

/** Nobody knows of tasks. */
const testFiles = (cli: Cli, flags: Flags, request: RouteRequest): Tested => {
  if (flags.app !== undefined) {
    throw new UsageError(
      `--app ${flags.app}: you are signed in to no platform`,
      'name the compose file with -f, or sign in with "atoll login URL"',
    )
  }
  const { app } = openApp(cli, flags)
  const { answer, others } = examineRoutes(app.routes ?? [], request)
  const here = others.filter(({ why }) => why.kind !== 'elsewhere')
  return {
    kind: answer.kind,
    ...(answer.kind === 'refused' ? { why: answer.why } : {}),
    ...(answer.kind === 'route' ? { route: describe(app, answer.route) } : {}),
    others: here.map(({ route, why }) => ({ ...describe(app, route), why: why.text })),
    elsewhere: others.length - here.length,
  }
}

const describe = ({ name, environment }: App, route: Route) => ({
  app: name,
  environment,
  service: route.service,
  route: describeRoute(route),
})
