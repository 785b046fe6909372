import { once } from 'node:events'
import { request as requestHttp, type IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startLoad } from './constant-load.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { patientServer, server } from './services.ts'
import { until } from './world.ts'

interface Asked {
  readonly address: string
  readonly host: string
  readonly path?: string
  readonly isTls?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

interface Reply {
  readonly status: number
  readonly body: string
  /** Who signed the certificate it was answered with. */
  readonly issuer?: string
}

const answerMs = 3_000

const receiptSchema = z.object({
  visitors: z.object({
    all: z.object({ requests: z.number(), failed: z.number(), statuses: z.record(z.string(), z.number()) }),
    routes: z.array(z.object({ route: z.string() })),
    uncounted: z.array(z.string()),
    probes: z.object({ answered: z.number(), nodes: z.number() }),
  }),
})

/** Answers its version, and at `/who` who asks, as it is told. */
const telling = `
const s = require("http").createServer((q, r) => r.end(q.url === "/who" ? q.headers["x-forwarded-for"] : process.env.VERSION))
s.listen(8080)
process.on("SIGTERM", () => s.close(() => process.exit(0)))
`

/** Answers a request by these lines, which have it as `q` and its answer as `r`. */
const answering = (lines: string): readonly string[] => [
  'node',
  '-e',
  `require("http").createServer((q, r) => { ${lines} }).listen(8080); process.on("SIGTERM", () => process.exit(0))`,
]

const ask = async ({ address, host, path = '/', isTls = false, headers = {} }: Asked): Promise<Reply> => {
  const common = { host: address, path, headers: { ...headers, host }, agent: false, timeout: answerMs } as const
  // Whose the certificate is says the reply; whether a person trusts the cluster is theirs to say.
  const asked = isTls ? requestHttps({ ...common, servername: host, rejectUnauthorized: false }) : requestHttp(common)
  asked.on('timeout', () => asked.destroy(new Error(`no answer in ${answerMs} ms`)))
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const body = await text(response)
  const socket = response.socket as { getPeerCertificate?: () => { issuer?: { CN?: string } } }
  const issuer = isTls ? socket.getPeerCertificate?.().issuer?.CN : undefined
  return { status: response.statusCode ?? 0, body, ...(issuer !== undefined && { issuer }) }
}

const host = 'shop.example.org'

describe('routes', () => {
  let platform: Platform
  const addresses = () => platform.lab.nodes.map(({ address }) => address)
  const askAll = (isTls = false): Promise<readonly Reply[]> =>
    Promise.all(addresses().map((address) => ask({ address, host, isTls })))
  const shop = (version: string) => {
    const deploy = { replicas: 3, update_config: { monitor: '1s', order: 'start-first' } }
    const routes = { 'x-atoll': { routes: [{ host, port: 8080 }] } }
    platform.write('shop', {
      web: patientServer(platform.lab, version, { command: ['node', '-e', telling], deploy, ...routes }),
    })
  }
  const areAll = (body: string) => (replies: readonly Reply[]) => replies.every((reply) => reply.body === body)
  const onNode = (node: string, ...args: readonly string[]): Promise<string> =>
    platform.lab.run(node, ['docker', ...args])
  /** What every node answers at 200 requests a second while something is done. */
  const underLoad = async (work: () => Promise<unknown>) => {
    const urls = addresses().map((address) => `http://${address}`)
    const load = startLoad(urls, 200, { headers: { host }, answerMs: 10_000 })
    await wait(2_000)
    await work()
    await wait(2_000)
    const report = await load.report()
    await load.end()
    return report
  }
  const networksOf = async (node: string): Promise<string> => {
    const container = await platform.findContainer(node, 'ingress')
    return onNode(
      node,
      'inspect',
      '--format',
      '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}',
      container,
    )
  }

  /** Of a task of the app's `web`, wherever it runs. */
  const findAddress = async (environment: string): Promise<string> => {
    for (const { name } of platform.lab.nodes) {
      const found = await onNode(name, 'ps', '--quiet', '--filter', `name=${environment}_web`)
      const [id] = found.trim().split('\n')
      const format = `{{.NetworkSettings.Networks.${environment}_default.IPAddress}}`
      if (id !== undefined && id !== '') return (await onNode(name, 'inspect', '--format', format, id)).trim()
    }
    return ''
  }

  beforeAll(async () => {
    platform = await openPlatform('routes', { nodes: 3 })
    expect((await platform.signIn()).status).toBe(0)
    shop('one')
    await platform.good('deploy')
  })
  afterAll(() => platform?.close())

  test('are answered by every node, with and without TLS', async () => {
    await until('every node to answer', () => askAll(), areAll('one'), 20_000)
    expect(await askAll(true)).toEqual(
      addresses().map(() => ({ status: 200, body: 'one', issuer: expect.any(String) as string })),
    )
  })

  test('are no others: a host that nobody has gets nothing, and no certificate', async () => {
    expect(await ask({ address: addresses()[0] ?? '', host: 'other.example.org' })).toMatchObject({ status: 404 })
    await expect(ask({ address: addresses()[0] ?? '', host: 'other.example.org', isTls: true })).rejects.toThrow(
      /alert|SSL|socket/i,
    )
  })

  test('tell the app who asks', async () => {
    for (const address of addresses()) {
      const { body } = await ask({ address, host, path: '/who' })
      // The machine the lab is on.
      expect(body).toBe(address.replace(/\d+$/, '1'))
    }
  })

  test('are served with no rights', async () => {
    const container = await platform.findContainer('node-1', 'ingress')
    const format = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}}'
    expect((await onNode('node-1', 'inspect', '--format', format, container)).trim()).toBe('10002:10002 true [ALL] []')
    const mounts = '{{range .Mounts}}{{.Destination}} {{end}}'
    const found = (await onNode('node-1', 'inspect', '--format', mounts, container)).trim().split(' ')
    expect(found.toSorted()).toEqual(['/tmp', '/var/lib/atoll-ingress', '/var/lib/atoll-static'])
  })

  test('fail no request while all tasks are made anew', async () => {
    shop('two')
    const report = await underLoad(() => platform.good('deploy'))
    process.stdout.write(`rolling update: ${JSON.stringify(report)}\n`)
    expect(report.sent).toBeGreaterThan(1_000)
    expect(report.failures).toEqual([])
    expect(await askAll()).toEqual(addresses().map(() => ({ status: 200, body: 'two' })))
    const { visitors } = receiptSchema.parse(JSON.parse(await platform.good('receipt', '--app', 'shop', '--json')))
    process.stdout.write(`the receipt: ${JSON.stringify(visitors)}\n`)
    const { requests, failed, statuses } = visitors.all
    expect({ failed, uncounted: visitors.uncounted }).toEqual({ failed: 0, uncounted: [] })
    expect(visitors.routes.map(({ route }) => route)).toEqual([`${host}/`])
    expect(visitors.probes.nodes).toBe(addresses().length)
    expect(visitors.probes.answered).toBeGreaterThan(0)
    // The load begins before and ends after; what it asked twice came twice.
    expect(requests).toBeLessThanOrEqual(report.sent + report.repeated)
    expect(requests).toBeGreaterThan(report.sent / 3)
    expect(statuses['2xx']).toBe(requests)
  })

  test('fail no request while a node is drained', async () => {
    const report = await underLoad(() => platform.good('node', 'drain', 'node-3'))
    process.stdout.write(`drain: ${JSON.stringify(report)}\n`)
    expect(report.failures).toEqual([])
    await platform.good('node', 'resume', 'node-3')
    await until('every node to answer', () => askAll(), areAll('two'), 60_000)
  })

  test('are of one app alone: another that wants the same is refused, and its tasks reach none of the first', async () => {
    const theirs = { 'x-atoll': { routes: [{ host, port: 8080 }] } }
    platform.write('rival', { web: patientServer(platform.lab, 'rival', theirs) })
    const refused = await platform.atoll('deploy')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('is a route of web in rival/production and of web in shop/production')
    const own = { 'x-atoll': { routes: [{ host: 'rival.example.org', port: 8080 }] } }
    platform.write('rival', { web: patientServer(platform.lab, 'rival', own) })
    await platform.good('deploy')
    const address = await findAddress('shop_production')
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    for (const name of [address, 'tasks.shop_production_web']) {
      const reached = ['exec', '--app', 'rival', 'web', '--', 'curl', '-s', '--max-time', '2', `http://${name}:8080`]
      expect((await platform.atoll(...reached)).stdout).not.toContain('two')
    }
  })

  test('ask another service of the app who may, and give a third a copy', async () => {
    const guarded = 'guarded.example.org'
    const forward_auth = { service: 'auth', port: 8080, path: '/check', response_headers: ['x-user'] }
    const route = { host: guarded, port: 8080, forward_auth, mirror: { service: 'next', port: 8080 } }
    const run = (lines: string, rest = {}) => server(platform.lab, 'one', { command: answering(lines), ...rest })
    platform.write('guarded', {
      web: run('r.end(q.headers["x-user"])', { 'x-atoll': { routes: [route] } }),
      auth: run(
        'const [, user] = /user=(.+)/.exec(q.headers.cookie) ?? []; if (user) r.setHeader("x-user", user); r.statusCode = user || q.url !== "/check" ? 200 : 401; r.end("sign in")',
      ),
      next: run('console.log(q.headers["x-user"], q.method, q.url); r.end()'),
    })
    await platform.good('deploy')
    for (const [index, address] of addresses().entries()) {
      const asked = { address, host: guarded, path: `/orders/${index}` }
      const signIn = () => ask(asked).catch(() => ({ status: 0, body: '' }))
      await until('it to be asked', signIn, ({ status, body }) => status === 401 && body === 'sign in', 30_000)
      const headers = { cookie: 'user=ann', 'x-user': 'eve' }
      expect(await ask({ ...asked, headers })).toMatchObject({ status: 200, body: 'ann' })
    }
    const copies = async () => {
      const logged = await platform.good('logs', '--app', 'guarded', 'next')
      return [...new Set(logged.match(/\w+ GET \/orders.*/g))].toSorted()
    }
    const wanted = addresses().map((_, index) => `ann GET /orders/${index}`)
    expect(await until('three copies', copies, (seen) => seen.length >= wanted.length, 20_000)).toEqual(wanted)
    await platform.good('rm', '--app', 'guarded', '--yes')
  })

  test('end with their app, and the ingress leaves its networks', async () => {
    const isAt = (name: string) => (seen: string) => seen.includes(name)
    for (const { name } of platform.lab.nodes)
      await until('every node to have its network', () => networksOf(name), isAt('rival_production_default'), 30_000)
    await platform.good('rm', '--app', 'rival', '--yes')
    expect(await networksOf('node-2')).not.toContain('rival_production_default')
    expect(await networksOf('node-2')).toContain('shop_production_default')
    expect(await ask({ address: addresses()[1] ?? '', host: 'rival.example.org' })).toMatchObject({ status: 404 })
  })

  test('are served from the disk of a node while there is no control', async () => {
    await onNode('node-1', 'service', 'rm', 'atoll_system_control')
    await until(
      'no control to be left',
      () => onNode('node-1', 'ps', '--quiet', '--filter', 'name=atoll_system_control'),
      (seen) => seen === '',
    )
    await onNode('node-1', 'kill', await platform.findContainer('node-1', 'ingress'))
    await until(
      'it to be gone',
      () =>
        ask({ address: addresses()[0] ?? '', host }).then(
          ({ body }) => body,
          () => 'gone',
        ),
      (seen) => seen === 'gone',
      5_000,
    )
    await until('every node to answer', () => askAll(), areAll('two'), 60_000)
    expect(await askAll(true)).toMatchObject(addresses().map(() => ({ status: 200, body: 'two' })))
  })
})
