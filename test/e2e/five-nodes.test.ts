import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { login, openBareWorld, type BareWorld } from './bare-world.ts'
import { startLoad, type Load, type LoadReport } from './constant-load.ts'
import { patientServer, sleeper } from './services.ts'
import { nodesSchema, until } from './world.ts'

const perSecond = 200
const statusSchema = z.object({
  services: z.array(
    z.object({
      tasks: z.array(z.object({ node: z.string().optional(), state: z.string(), isCurrent: z.boolean() })),
    }),
  ),
})

/** Five servers from nothing on them to the loss of two, and the same platform elsewhere. The sixth is the one that is bought then. */
describe('the life of five nodes in two zones', () => {
  let world: BareWorld
  let load: Load
  const zones = { 'node-2': 'b', 'node-3': 'a', 'node-4': 'b', 'node-5': 'a' }
  beforeAll(async () => {
    world = await openBareWorld('five', 6)
    writeFileSync(join(world.folder, 'password'), 'correct horse battery\n')
  })
  afterAll(async () => {
    await load?.end()
    await world?.close()
  })

  const atoll = (...words: readonly string[]): Promise<string> => world.goodSignedIn(...words)
  const nodes = async () => nodesSchema.parse(JSON.parse(await atoll('node', 'ls', '--json')))
  const managersReady = async (): Promise<readonly string[]> =>
    (await nodes())
      .flatMap(({ name, role, state }) => (role !== 'worker' && state === 'ready' ? [name] : []))
      .toSorted()
  const addressOf = (name: string): string => world.lab.nodes.find((node) => node.name === name)?.address ?? ''
  /** Where tasks of the release run; those of a node that is gone are told as they were. */
  const runningOn = async (app: string, lost = ''): Promise<readonly string[]> => {
    const { services } = statusSchema.parse(JSON.parse(await atoll('status', app, '--json')))
    const tasks = services.flatMap((service) => service.tasks)
    return tasks
      .filter(({ state, isCurrent, node }) => state === 'running' && isCurrent && node !== lost)
      .map(({ node = '' }) => node)
      .toSorted()
  }
  const add = async (name: string, zone: string): Promise<void> => {
    const startedAt = performance.now()
    await atoll('node', 'add', name, '--ssh-config', 'ssh_config', '--zone', zone)
    tell(`${name} was added in ${Math.round((performance.now() - startedAt) / 1000)} s`)
  }
  const deploy = async (app: string, web: object): Promise<void> => {
    writeFileSync(join(world.folder, 'compose.yaml'), JSON.stringify({ name: app, services: { web } }))
    await atoll('deploy')
  }

  test('begins with one of them, and a person who signs in', async () => {
    const said = await world.good('init', '--on', 'node-1', ...login, '--zone', 'a')
    const link = /atoll login '([^']+)'/.exec(said)?.[1] ?? ''
    await atoll('login', link, '--name', 'ann', '--password-file', 'password')
    expect(await atoll('settings', '--manager-grace', '1m')).toContain('away for 1 min')
  })

  test.each(Object.entries(zones))('goes on with %s, in zone %s', async (name, zone) => {
    await add(name, zone)
    expect(await nodes()).toContainEqual(expect.objectContaining({ name, state: 'ready' }))
  })

  test('has room for three tasks of an app on three nodes, and for many of another', async () => {
    expect(await managersReady()).toEqual(['node-1', 'node-2', 'node-3'])
    const update_config = { order: 'start-first', monitor: '1s' }
    const placement = { max_replicas_per_node: 1 }
    const web = patientServer(world.lab, 'one', {
      ports: [{ target: 8080, published: '8080', mode: 'host' }],
      deploy: { replicas: 3, update_config, placement },
    })
    await deploy('shop', web)
    expect(new Set(await runningOn('shop')).size).toBe(3)
    await deploy('crowd', sleeper(world.lab, 'one', { deploy: { replicas: 6, update_config } }))
    load = startLoad(
      world.lab.nodes.map(({ address }) => `http://${address}:8080`),
      perSecond,
    )
  })

  test('loses no request while a zone is emptied, and is whole again', async () => {
    await load.report()
    const startedAt = performance.now()
    await Promise.all(['node-2', 'node-4'].map((name) => atoll('node', 'drain', name)))
    const places = await runningOn('shop')
    const seconds = (performance.now() - startedAt) / 1000
    const report = await load.report()
    tell(`zone b was drained in ${Math.round(seconds)} s: ${describeLoad(report)}`)
    for (const name of ['node-2', 'node-4']) await atoll('node', 'resume', name)
    expect(places).toEqual(['node-1', 'node-3', 'node-5'])
    expect(report.failures).toEqual([])
    expect(report.answered).toBe(report.sent)
    expect(report.sent).toBeGreaterThan(seconds * perSecond * 0.95)
  })

  test('makes the number of managers odd again by itself when one is taken out', async () => {
    await atoll('node', 'drain', 'node-3')
    const said = await atoll('node', 'rm', 'node-3', '--on', 'node-3', '--ssh-config', 'ssh_config')
    expect(said).toContain('it was a manager\nits server is out of the Swarm and clean')
    const asked = 'docker info --format "{{.Swarm.LocalNodeState}}"; docker ps --all --quiet; docker volume ls --quiet'
    expect((await world.lab.ssh('node-3', [asked])).trim()).toBe('inactive')
    const left = await until('a third manager', managersReady, (names) => names.length === 3, 240_000)
    expect(left).not.toContain('node-3')
    const report = await load.report()
    tell(`a manager went, another came: ${describeLoad(report)}`)
    expect(report.failures).toEqual([])
  })

  test('replaces a manager whose power was cut for good, and its tasks', async () => {
    const startedAt = performance.now()
    await world.lab.kill('node-1')
    const seconds = () => Math.round((performance.now() - startedAt) / 1000)
    await until(
      'three tasks without it',
      () => runningOn('shop', 'node-1'),
      (on) => on.length === 3,
    )
    tell(`all tasks run ${seconds()} s after the power cut`)
    const isReplaced = (names: readonly string[]): boolean => names.join() === 'node-2,node-4,node-5'
    await until('three managers that are ready', managersReady, isReplaced, 240_000)
    const find = async () => (await nodes()).find(({ name }) => name === 'node-1')
    await until('the lost one to be none', find, (node) => node?.role === 'worker')
    tell(`three managers are ready ${seconds()} s after the power cut`)
    const report = await load.report()
    tell(`a power cut: ${describeLoad(report)}`)
    // In flight on that node, over connections that are kept.
    expect(report.failures.length).toBeLessThanOrEqual(4)
    expect(await atoll('node', 'rm', 'node-1', '--force')).toContain('node-1 is out of the cluster')
  })

  test('takes a new server in its place, and spreads tasks over it', async () => {
    await add('node-6', 'a')
    expect(await runningOn('crowd')).not.toContain('node-6')
    await atoll('rebalance')
    const counts = Map.groupBy(await runningOn('crowd'), (name) => name)
    expect(counts.get('node-6')?.length ?? 0).toBeGreaterThan(0)
    expect(await atoll('rebalance')).toContain('every service is spread as evenly as it can be')
    expect(await atoll('status')).toContain('survives the loss of any node: yes')
    const report = await load.report()
    tell(`a server more: ${describeLoad(report)}`)
    expect(report.failures).toEqual([])
    await load.end()
  })

  test('and is restored of a backup as another cluster, of a server that was in it', async () => {
    const recipient = (await atoll('backup', 'key', 'identity.txt')).trim()
    await atoll('backup', '--recipient', recipient, '--to', 'five.age')
    const fingerprint = await elsewhere()
    expect(fingerprint).not.toBe('')
    const door = `https://${addressOf('node-3')}:8443`
    const back = ['--name', 'ann', '--fingerprint', fingerprint, '--password-file', 'password'] as const
    await atoll('login', door, ...back)
    expect((await nodes()).map(({ name }) => name)).toEqual(['node-3'])
    await atoll('scale', 'web=1', '--app', 'shop')
    const answer = await fetch(`http://${addressOf('node-3')}:8080/`)
    expect(await answer.text()).toBe('one')
    expect(await atoll('releases', 'crowd')).toContain('1')
    expect(await atoll('audit', 'verify')).toContain('as they were written')
  })

  /** Gives the fingerprint of the platform that was made there. */
  const elsewhere = async (): Promise<string> => {
    const addresses = `--advertise-addr ${addressOf('node-3')} --default-addr-pool 10.200.0.0/16`
    await world.lab.ssh('node-3', [`docker swarm init ${addresses} >/dev/null`])
    const engine = ['--engine', await world.reachEngine('node-3')]
    await world.good('restore', 'five.age', '--identity', 'identity.txt', '--yes', ...engine)
    const said = await world.good('init', '--on', 'node-3', ...login, '--json')
    const installed = z.object({ fingerprint: z.string() })
    return installed.parse(JSON.parse(said.trim().split('\n').at(-1) ?? '')).fingerprint
  }
})

const tell = (line: string): void => void process.stdout.write(`${line}\n`)

const describeLoad = ({ sent, repeated, failures, longestMs }: LoadReport): string =>
  [
    `${sent} requests, ${failures.length} failed, ${repeated} sent again, the longest ${Math.round(longestMs)} ms`,
    ...failures.slice(0, 3),
  ].join('; ')
