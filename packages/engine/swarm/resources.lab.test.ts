import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { createNetwork } from '@atoll/plan/fixtures'
import type { Network } from '@atoll/spec'
import type { SwarmEngine } from './index.ts'
import { createLabService, openLabEngine } from './lab-engine.ts'

let lab: TestLab
let engine: SwarmEngine
const ref = { app: 'networks', environment: 'test' }
const context = { ref, release: 1, secrets: {} }
const soon = (): AbortSignal => AbortSignal.timeout(150_000)

beforeAll(async () => {
  lab = await openTestLab({ nodes: 3 })
  engine = await openLabEngine(lab)
})
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]()
})

const network = (name: string, change: Partial<Network> = {}): Network => ({
  ...createNetwork(name),
  engineName: `networks_test_${name}`,
  ...change,
})
const create = (wanted: Network): Promise<void> =>
  engine.apply({ kind: 'create-network', network: wanted }, context, soon())
const remove = async (engineName: string): Promise<void> => {
  const found = (await engine.observe(ref, soon())).networks.find((one) => one.engineName === engineName)
  await engine.apply({ kind: 'remove-network', id: found?.id ?? '', engineName }, context, soon())
}
const subnetOf = (name: string): Promise<string> =>
  lab.run('node-1', [
    'docker',
    'network',
    'inspect',
    '-f',
    '{{(index .IPAM.Config 0).Subnet}}',
    `networks_test_${name}`,
  ])

describe('networks', () => {
  it('made at the same moment get subnets of their own from our pool', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(names.map((name) => create(network(name))))
    const subnets = await Promise.all(names.map(subnetOf))
    expect(new Set(subnets).size).toBe(names.length)
    for (const subnet of subnets) expect(subnet).toMatch(/^10\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.0\/20/)
    await Promise.all(names.map((name) => remove(`networks_test_${name}`)))
  })

  it('that overlap another are refused with the reason, and leave nothing', async () => {
    const ipam = { subnets: [{ subnet: '10.250.0.0/20' }] }
    await create(network('first', { ipam }))
    await expect(create(network('second', { ipam }))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('10.250.0.0/20'),
    })
    expect((await engine.observe(ref, soon())).networks.map(({ engineName }) => engineName)).toEqual([
      'networks_test_first',
    ])
    await remove('networks_test_first')
  })

  it('are removed once the tasks have left them, not while a service uses them', async () => {
    await create(network('used'))
    const service = createLabService(
      lab,
      { ref, name: 'web' },
      {
        networks: [{ network: 'used', engineName: 'networks_test_used', aliases: [], driverOptions: {} }],
      },
    )
    await engine.apply({ kind: 'create-service', service }, context, soon())
    for await (const _event of engine.watch(ref, soon())) {
      const tasks = (await engine.observe(ref, soon())).services[0]?.tasks ?? []
      if (tasks.some(({ state }) => state === 'running')) break
    }
    await expect(remove('networks_test_used')).rejects.toMatchObject({ code: 'conflict' })
    const { id = '', engineName = '' } = (await engine.observe(ref, soon())).services[0] ?? {}
    await engine.apply({ kind: 'remove-service', id, engineName }, context, soon())
    await remove('networks_test_used')
    expect((await engine.observe(ref, soon())).networks).toEqual([])
  })
})

describe('images', () => {
  it('are built, pushed and known by digest', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atoll-image-'))
    await writeFile(join(folder, 'Dockerfile'), `FROM ${lab.images.base}\nARG WHO\nRUN echo "made for $WHO" > /made\n`)
    const build = {
      context: folder,
      dockerfile: 'Dockerfile',
      args: { WHO: 'tests' },
      labels: {},
      extraHosts: [],
      platforms: [],
      tags: [],
      isPulling: false,
      noCache: true,
    }
    const lines: string[] = []
    const reference = `${lab.registry}/networks/built:test`
    const onLine = (line: string): void => void lines.push(line)
    const built = await engine.buildImage({ build, reference, onLine }, soon())
    expect(built).toMatch(/^127\.0\.0\.1:\d+\/networks\/built:test@sha256:[0-9a-f]{64}$/)
    expect(lines.join('\n')).toContain('RUN echo')
    expect(await engine.resolveImage(reference, soon())).toEqual({ kind: 'digest', reference: built })
    await writeFile(join(folder, 'Dockerfile'), `FROM ${lab.images.base}\nRUN echo oops; exit 3\n`)
    await expect(engine.buildImage({ build, reference, onLine }, soon())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('exit code: 3'),
    })
    expect(lines).toContain('  oops')
    await rm(folder, { recursive: true })
  })

  it('of a registry that does not answer are not called missing', async () => {
    const resolved = await engine.resolveImage('127.0.0.1:9/none:1', soon())
    expect(resolved).toMatchObject({ kind: 'unresolved', reference: '127.0.0.1:9/none:1', isPresent: false })
  })
})

describe('the configs behind the store', () => {
  it('are created once, also by eight at a time', async () => {
    const config = { name: 'networks-test.raced', labels: { 'networks.test': '1' }, data: Buffer.from('x') }
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => engine.configs.create(config, soon())))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const found = await engine.configs.list({ labels: config.labels }, soon())
    expect(found).toMatchObject([{ name: config.name, labels: config.labels }])
    await engine.configs.remove(found[0]?.id ?? '', soon())
    await engine.configs.remove(found[0]?.id ?? '', soon())
  })
})
