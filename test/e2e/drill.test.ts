import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { login, openBareWorld, type BareWorld } from './bare-world.ts'
import { server } from './services.ts'
import { end, nodesSchema, until } from './world.ts'

const drillSchema = z.object({
  number: z.number(),
  node: z.string(),
  kind: z.string(),
  detectedMs: z.number(),
  rescheduledMs: z.number(),
  wholeMs: z.number(),
  backMs: z.number(),
  silentMs: z.number(),
  traffic: z.array(z.object({ service: z.string(), sent: z.number(), failed: z.number(), longestMs: z.number() })),
})

/** Failures of servers that put themselves back, on hosts that have processes of their own. */
describe('a drill', () => {
  let world: BareWorld
  let engine: string
  beforeAll(async () => {
    world = await openBareWorld('drill', 3)
    await world.good('init', '--on', 'node-1', ...login)
    engine = await world.reachEngine('node-1')
    for (const name of ['node-2', 'node-3']) await world.good('node', 'add', name, ...login, '--engine', engine)
    const ports = [{ target: 8080, published: 8090, mode: 'host' }]
    const deploy = { replicas: 2, update_config: { monitor: '1s' } }
    const services = { web: server(world.lab, 'one', { ports, deploy }) }
    writeFileSync(join(world.folder, 'compose.yaml'), JSON.stringify({ name: 'drilled', services }))
    await world.good('deploy', '--engine', engine)
  })
  afterAll(() => world?.close())

  const good = (...args: readonly string[]): Promise<string> => world.good(...args)
  const nodes = async () => nodesSchema.parse(JSON.parse(await good('node', 'ls', '--json', '--engine', engine)))
  const areReady = () =>
    until('all nodes to be ready', nodes, (all) => all.length === 3 && all.every(({ state }) => state === 'ready'))
  const drillArgs = (node: string, kind: string) => [
    'drill',
    node,
    '--kind',
    kind,
    '--for',
    '45s',
    '--on',
    node,
    ...login,
    '--engine',
    engine,
    '--yes',
    '--json',
  ]
  /** The last line of what it says. */
  const drill = async (node: string, kind: string) => {
    const said = await good(...drillArgs(node, kind))
    const found = z
      .object({ drill: drillSchema, last: drillSchema.optional() })
      .parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
    process.stdout.write(`${JSON.stringify(found.drill)}\n`)
    return found
  }
  /** `n/m` of each service: of what a drill took, the engine puts some back only after the node has returned. */
  const areWhole = () =>
    until(
      'every service to be whole',
      async () => (await world.lab.ssh('node-1', ["docker service ls --format '{{.Replicas}}'"])).trim().split('\n'),
      (counts) => counts.every((count) => /^(\d+)\/\1\b/.test(count)),
    )
  /** Not the one by whose engine the cluster is asked. */
  const findBusy = async (): Promise<string> => {
    const seen = z.object({
      services: z.array(z.object({ tasks: z.array(z.object({ node: z.string().optional() })) })),
    })
    const { services } = seen.parse(JSON.parse(await good('status', '--json', '--engine', engine)))
    const on = services.flatMap(({ tasks }) => tasks).map(({ node }) => node ?? '')
    return on.find((name) => name !== 'node-1') ?? 'node-2'
  }

  test('of an engine is missed, survived, put back by the server, kept, and compared', async () => {
    const node = await findBusy()
    const { drill: seen, last } = await drill(node, 'engine')
    expect(seen).toMatchObject({ number: 1, node, kind: 'engine' })
    expect(last).toBeUndefined()
    expect(seen.detectedMs).toBeLessThan(45_000)
    expect(seen.wholeMs).toBeGreaterThanOrEqual(seen.detectedMs)
    expect(seen.backMs).toBeGreaterThan(40_000)
    const asked = seen.traffic.map(({ service }) => service)
    expect(asked).toEqual(['atoll/system ingress', 'drilled/production web'])
    expect(Math.min(...seen.traffic.map(({ sent }) => sent))).toBeGreaterThan(50)
    await areReady()
    expect(await good('drill', 'ls', '--engine', engine)).toMatch(/^1 +node-\d +engine /m)
    expect(await good('drill', 'show', '1', '--engine', engine)).toContain('all went as foreseen')
    expect(await world.lab.ssh(node, ['ls -d /run/atoll-drill || echo none'])).toContain('none')
  })

  test('of the power is refused where nothing would boot it again', async () => {
    const refused = await world.atoll(...drillArgs('node-2', 'power'))
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('it has no systemd') as string })
  })

  test('of the network is put back by the server alone, though whoever asked for it is gone', async () => {
    const node = await findBusy()
    const child = world.start(drillArgs(node, 'network'))
    const ended = end(child)
    const isAway = async () => (await nodes()).find(({ name }) => name === node)?.state
    await until('the managers to miss it', isAway, (state) => state === 'down')
    child.kill('SIGKILL')
    await ended
    await areReady()
    expect(await world.lab.ssh(node, ['iptables -S INPUT'])).not.toContain('DROP')
    const again = await world.atoll(...drillArgs(node, 'network'))
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('another drill goes on') as string })
  })

  test('and a node that is given another name is called so by the managers, and runs what it ran', async () => {
    await areReady()
    await areWhole()
    const before = await world.lab.ssh('node-3', ['docker ps --quiet --no-trunc | sort'])
    const said = await good('node', 'rename', 'node-3', 'shelf-1', '--on', 'node-3', ...login, '--engine', engine)
    expect(said).toBe('node-3 is shelf-1 now\n')
    expect((await nodes()).map(({ name }) => name)).toEqual(['node-1', 'node-2', 'shelf-1'])
    expect(await world.lab.ssh('node-3', ['docker ps --quiet --no-trunc | sort'])).toBe(before)
    expect(await world.lab.ssh('node-3', ['cat /etc/hostname'])).toContain('shelf-1')
  })
})
