import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startLoad } from './constant-load.ts'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { patientServer, sleeper } from './services.ts'
import { until } from './world.ts'

/** Says its version and who asks, as the header before each connection has it, and goes on for three seconds when it is to end. */
const teller = `
require("net").createServer((socket) => {
  socket.on("error", () => undefined)
  socket.once("data", (header) => socket.end(process.env.VERSION + " to " + String(header).split(" ")[2]))
}).listen(5432)
process.on("SIGTERM", () => setTimeout(() => process.exit(0), 3000))
`

const answerMs = 10_000
const host = 'shop.example.org'
const route = { protocol: 'tcp', listen: 5432, port: 5432, proxy_protocol: 'v1' }
const receiptSchema = z.object({
  visitors: z.object({
    routes: z.array(z.object({ route: z.string(), requests: z.number(), failed: z.number() })),
    uncounted: z.array(z.string()),
  }),
})

/** What is said there, or what went wrong. */
const listenTo = async (address: string, port = 5432): Promise<string> => {
  const socket = connect({ host: address, port, timeout: answerMs })
  socket.on('timeout', () => socket.destroy(new Error(`no answer in ${answerMs} ms`)))
  const said = await text(socket).catch((error: Error) => error.message)
  return said === '' ? 'nothing was said' : said
}

/** The status of a request. */
const ask = async (address: string): Promise<number> => {
  const asked = request({ host: address, headers: { host }, agent: false, timeout: answerMs }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

describe('stream ports', () => {
  let platform: Platform
  const addresses = () => platform.lab.nodes.map(({ address }) => address)
  const listenToAll = (port?: number): Promise<readonly string[]> =>
    Promise.all(addresses().map((address) => listenTo(address, port)))
  const areAll = (version: string) => (said: readonly string[]) => said.every((one) => one.startsWith(version))
  const openPorts = (ports: string) => platform.atoll('settings', '--stream-ports', ports, ...platform.managers)
  const shop = (version: string, routes: readonly object[] = [route]) => {
    const update_config = { monitor: '1s', order: 'start-first' }
    const deploy = { replicas: 3, update_config }
    platform.write('shop', {
      web: patientServer(platform.lab, 'web', { 'x-atoll': { routes: [{ host, port: 8080 }] }, deploy }),
      db: sleeper(platform.lab, version, { command: ['node', '-e', teller], deploy, 'x-atoll': { routes } }),
    })
  }
  const findIngresses = (): Promise<readonly string[]> =>
    Promise.all(platform.lab.nodes.map(({ name }) => platform.findContainer(name, 'ingress')))
  /** What requests of HTTP met at every node while something was done. */
  const underLoad = async (work: () => Promise<unknown>) => {
    const urls = addresses().map((address) => `http://${address}`)
    const load = startLoad(urls, 100, { headers: { host }, answerMs })
    await wait(1_000)
    await work()
    await wait(1_000)
    const report = await load.report()
    await load.end()
    return report
  }
  /** New connections, one after the other at each node, while something is done. */
  const underConnections = async (work: () => Promise<unknown>) => {
    const said: string[] = []
    const over = new AbortController()
    const visitors = addresses().map(async (address) => {
      while (!over.signal.aborted) {
        said.push(await listenTo(address))
        await wait(20)
      }
    })
    await wait(1_000)
    await work()
    await wait(1_000)
    over.abort()
    await Promise.all(visitors)
    return said
  }

  beforeAll(async () => {
    platform = await openPlatform('streams', { nodes: 3 })
    expect((await platform.signIn()).status).toBe(0)
    shop('one', [])
    await platform.good('deploy')
    const isServed = (statuses: readonly number[]) => statuses.every((status) => status === 200)
    const askAll = () => Promise.all(addresses().map(ask))
    await until('every node to answer requests', askAll, isServed, 60_000)
  })
  afterAll(() => platform?.close())

  test('are closed until somebody with engines opens them', async () => {
    shop('one')
    const refused = await platform.atoll('deploy')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('port 5432 of the nodes is not open for streams')
    expect(refused.stderr).toContain('atoll settings --stream-ports 5432')
    const signedIn = await platform.atoll('settings', '--stream-ports', '5432')
    expect(signedIn).toMatchObject({ status: 2, stderr: expect.stringContaining('the platform cannot change itself') })
    expect(signedIn.stderr).toContain('--engine ssh://root@')
    expect((await openPorts('8443')).stderr).toContain("8443 is that of Atoll's API")
  })

  test('are opened, and requests feel nothing of it', async () => {
    const before = await findIngresses()
    const report = await underLoad(async () => expect((await openPorts('5432')).status).toBe(0))
    process.stdout.write(`opening a port: ${JSON.stringify(report)}\n`)
    expect(report.sent).toBeGreaterThan(300)
    expect(report.failures).toEqual([])
    expect(await findIngresses()).toEqual(before)
    expect(await platform.good('settings')).toContain('stream ports: 5432 of every node')
  })

  test('are answered at every node, wherever the tasks are, and tell who asks', async () => {
    await platform.good('deploy')
    await until('every node to pass on', () => listenToAll(), areAll('one'), 60_000)
    // The machine the lab is on.
    expect(await listenToAll()).toEqual(addresses().map((address) => `one to ${address.replace(/\d+$/, '1')}`))
    expect(await platform.good('route', 'ls')).not.toContain('!')
    for (const { name } of platform.lab.nodes) {
      const container = await platform.findContainer(name, 'streams')
      const run = (...args: readonly string[]) => platform.lab.run(name, ['docker', ...args])
      const memory = await run('stats', '--no-stream', '--format', '{{.MemUsage}}', container)
      process.stdout.write(`memory of streams on ${name}: ${memory.trim()}\n`)
      const format = '{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}'
      expect((await run('inspect', '--format', format, container)).trim()).toBe('10002:10002 true [ALL]')
    }
  })

  test('fail no new connection while all tasks are made anew, and the receipt counts them', async () => {
    shop('two')
    const said = await underConnections(() => platform.good('deploy'))
    const wrong = said.filter((one) => !/^(?:one|two) to /.test(one))
    process.stdout.write(`rolling update: ${said.length} connections, ${JSON.stringify(wrong)}\n`)
    expect(said.length).toBeGreaterThan(100)
    expect(wrong).toEqual([])
    expect(areAll('two')(await listenToAll())).toBe(true)
    const { visitors } = receiptSchema.parse(JSON.parse(await platform.good('receipt', '--app', 'shop', '--json')))
    process.stdout.write(`the receipt: ${JSON.stringify(visitors)}\n`)
    expect(visitors.uncounted).toEqual([])
    const counted = visitors.routes.find((each) => each.route === 'tcp port 5432')
    expect(counted).toMatchObject({ failed: 0 })
    expect(counted?.requests).toBeGreaterThan(said.length / 3)
  })

  test('become others without a request that feels it, and stay where a route needs them', async () => {
    const before = await findIngresses()
    const report = await underLoad(async () => expect((await openPorts('5432,6379')).status).toBe(0))
    process.stdout.write(`another port: ${JSON.stringify(report)}\n`)
    expect(report.failures).toEqual([])
    expect(await findIngresses()).toEqual(before)
    await until('every node to pass on', () => listenToAll(), areAll('two'), 60_000)
    const closing = await openPorts('none')
    expect(closing.status).toBe(1)
    expect(closing.stderr).toContain('5432 is needed by the route tcp port 5432 of db in shop/production')
    shop('two', [{ ...route, listen: 6379 }])
    await platform.good('deploy')
    await until('every node to pass on', () => listenToAll(6379), areAll('two'), 60_000)
  })

  test('are gone with the last of them, and hold no network of an app', async () => {
    shop('two', [])
    await platform.good('deploy')
    expect((await openPorts('none')).status).toBe(0)
    for (const said of [...(await listenToAll()), ...(await listenToAll(6379))]) expect(said).toContain('ECONNREFUSED')
    const isGone = (container: string) => container === ''
    await until('it to have ended', () => platform.findContainer('node-1', 'streams'), isGone, 60_000)
    await platform.good('rm', '--app', 'shop', '--yes')
    expect(
      await platform.lab.run('node-1', ['docker', 'network', 'ls', '--quiet', '--filter', 'name=shop_production']),
    ).toBe('')
  })
})
