import { describe, expect, test } from 'vitest'
import { createTestServer } from '../../servers/test-server.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const compose = `name: shop
services:
  web:
    image: web:1
    deploy: {replicas: 3, resources: {reservations: {memory: 1G, cpus: "0.5"}}}
  db:
    image: web:1
    volumes: [data:/data]
  agent:
    image: web:1
    deploy: {mode: global}
volumes: {data: {}}
`

const openShop = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': compose })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

/** The node that the volume of `db` came to, and another. */
const findPlaces = ({ engine }: TestCli): { readonly held: string; readonly other: string } => {
  const nodeId = engine.world.places.get('shop_production_data')?.nodeId
  const held = engine.world.nodes.find(({ id }) => id === nodeId)?.name ?? ''
  return { held, other: engine.world.nodes.find(({ id, isLeader }) => id !== nodeId && !isLeader)?.name ?? '' }
}

describe('node ls', () => {
  test('tells of each node where it is, what it is, what it takes and what is reserved', async () => {
    using cli = await openShop()
    cli.engine.outsider.setNode('node-2', { availability: 'pause' })
    cli.engine.outsider.setNode('node-3', { availability: 'drain', state: 'down' })
    const { status, stdout } = await cli.run(['node', 'ls'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^NODE +ZONE +ROLE +STATE +TASKS +PROCESSORS RESERVED +MEMORY RESERVED +ENGINE +ADDRESS$/m)
    expect(stdout).toMatch(/^node-1 +a +leader +ready, takes tasks +\d +0\.5 of \d+ +1\.1 GB of 4\.3 GB +20/m)
    expect(stdout).toMatch(/^node-2 +b +manager +ready, keeps its tasks, takes no more +/m)
    expect(stdout).toMatch(/^node-3 +c +manager +down, drained: takes no tasks +/m)
  })

  test('gives data, by name', async () => {
    using cli = await openShop()
    const nodes: unknown = JSON.parse((await cli.run(['node', 'ls', '--json'])).stdout)
    expect(nodes).toMatchObject([
      { name: 'node-1', zone: 'a', role: 'leader', heldNanoCpus: 500_000_000, heldMemoryBytes: 1024 ** 3 },
      { name: 'node-2', role: 'manager' },
      { name: 'node-3' },
    ])
  })
})

describe('node show', () => {
  test('tells what runs there, what is held there, and what the loss would do', async () => {
    using cli = await openShop()
    const { held } = findPlaces(cli)
    const { status, stdout } = await cli.run(['node', 'show', held])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^labels +zone=[abc]$/m)
    expect(stdout).toMatch(/^shop\/production agent +1 +one on each node$/m)
    expect(stdout).toMatch(/^shop\/production db +1$/m)
    expect(stdout).toMatch(/^shop_production_data +shop\/production db$/m)
    expect(stdout).toContain(`its volume shop_production_data is on ${held}`)
    expect(stdout).toContain('survives: no')
  })

  test('gives data, by id too', async () => {
    using cli = await openShop()
    const { other } = findPlaces(cli)
    const id = cli.engine.world.nodes.find(({ name }) => name === other)?.id ?? ''
    const detail: unknown = JSON.parse((await cli.run(['node', 'show', id, '--json'])).stdout)
    expect(detail).toMatchObject({
      node: { name: other, tasks: 2 },
      volumes: [],
      loss: { lost: [other], survives: true },
    })
  })

  test('names the nodes there are when one is not, and proposes them', async () => {
    using cli = await openShop()
    const { status, stderr } = await cli.run(['node', 'show', 'nowhere'])
    expect([status, stderr]).toEqual([1, expect.stringContaining('the nodes are node-1, node-2, node-3')])
    expect((await cli.run(['complete', '--', 'node', 'show', 'node-2'])).stdout).toContain('node-2')
  })
})

describe('node label', () => {
  test('sets and removes, leaves the others, and shows all', async () => {
    using cli = openTestCli()
    const { status, stdout } = await cli.run(['node', 'label', 'node-2', 'disk=ssd', 'empty=', 'zone-'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'node-2: disk=ssd, empty=\n' })
    expect(cli.engine.world.nodes[1]?.labels).toEqual({ disk: 'ssd', empty: '' })
    const { stdout: data } = await cli.run(['node', 'label', 'node-2', 'a=b=c', '--json'])
    expect(JSON.parse(data)).toEqual({
      node: 'node-2',
      before: { disk: 'ssd', empty: '' },
      labels: { disk: 'ssd', empty: '', a: 'b=c' },
    })
  })

  test.each([
    [['node-2'], 2, 'something is missing'],
    [['node-2', 'zone'], 2, 'KEY=VALUE'],
    [['node-2', '=a'], 2, 'KEY=VALUE'],
    [['node-2', 'a=1', 'a-'], 2, 'twice'],
    [['node-2', 'atoll.drain=1'], 1, "Atoll's own"],
    [['nowhere', 'a=1'], 1, 'the nodes are node-1'],
  ])('refuses %j', async (words, wanted, said) => {
    using cli = openTestCli()
    const { status, stderr } = await cli.run(['node', 'label', ...words])
    expect([status, stderr]).toEqual([wanted, expect.stringContaining(said)])
    expect(cli.engine.world.nodes.map(({ labels }) => labels)).toEqual([{ zone: 'a' }, { zone: 'b' }, { zone: 'c' }])
  })
})

describe('node promote and demote', () => {
  const managersOf = ({ engine }: TestCli): readonly boolean[] => engine.world.nodes.map(({ isManager }) => isManager)

  test('change what a node is, and warn of an even number', async () => {
    using cli = openTestCli()
    const demoted = await cli.run(['node', 'demote', 'node-1'])
    expect(demoted.stdout).toBe(
      'node-1 is a worker; managers: 2\nwarning: with 2 managers none may be lost, no more than with 1: make their number odd\n',
    )
    expect(managersOf(cli)).toEqual([false, true, true])
    expect(cli.engine.world.nodes.filter(({ isLeader }) => isLeader)).toHaveLength(1)
    const again = await cli.run(['node', 'demote', 'node-1', '--json'])
    expect(JSON.parse(again.stdout)).toEqual({
      node: 'node-1',
      role: 'worker',
      isChanged: false,
      managers: 2,
      warnings: [],
    })
    expect((await cli.run(['node', 'promote', 'node-1'])).stdout).toBe('node-1 is a manager; managers: 3\n')
    expect(managersOf(cli)).toEqual([true, true, true])
  })

  test('refuse what would lose the quorum', async () => {
    using cli = openTestCli()
    cli.engine.outsider.setNode('node-3', { state: 'down' })
    const { status, stderr } = await cli.run(['node', 'demote', 'node-2'])
    expect([status, stderr]).toEqual([1, expect.stringContaining('of the 2 managers left 1 would be ready')])
    await cli.run(['node', 'demote', 'node-3'])
    expect((await cli.run(['node', 'promote', 'node-3'])).stderr).toContain('it is down')
    cli.engine.outsider.setNode('node-2', { isManager: false })
    expect((await cli.run(['node', 'demote', 'node-1'])).stderr).toContain('it is the only manager')
    expect(managersOf(cli)).toEqual([true, false, false])
  })
})

describe('node rm', () => {
  const names = ({ engine }: TestCli): readonly string[] => engine.world.nodes.map(({ name }) => name)

  test('refuses a node with tasks, and takes out a drained one, which was a manager', async () => {
    using cli = await openShop()
    const { other } = findPlaces(cli)
    const refused = await cli.run(['node', 'rm', other, '--force'])
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('it still runs 2 tasks') })
    expect(refused.stderr).toContain(`atoll node drain ${other}`)
    await cli.run(['node', 'drain', other])
    const { status, stdout } = await cli.run(['node', 'rm', other, '--keep'])
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${other} is out of the cluster; it was a manager
its server was left as it is: as --keep says
on it "docker swarm leave --force" ends what is left
`,
    })
    expect(names(cli)).not.toContain(other)
    expect(cli.engine.world.services.get('shop_production_web')?.spec.placement.constraints).toEqual([])
    expect(await cli.run(['plan'])).toMatchObject({ status: 0 })
  })

  test('cleans its server, unless that is another node or cannot be reached', async () => {
    using cli = openTestCli()
    const drain = async (name: string) => {
      await cli.run(['node', 'drain', name])
      return cli.engine.world.nodes.find((node) => node.name === name)?.id
    }
    const open = (nodeId: string | undefined) =>
      createTestServer(
        { world: cli.engine.world, now: () => cli.stage.clock.now() },
        { nodeId, isInstalled: true, isRunning: true },
      )
    const server = open(await drain('node-3'))
    const { status, stdout, stderr } = await cli.run(['node', 'rm', 'node-3'], { server })
    expect([status, stdout], stderr).toEqual([
      0,
      'node-3 is out of the cluster; it was a manager\nits server is out of the Swarm and clean\n',
    ])
    expect(server.state.nodeId).toBeUndefined()
    cli.engine.outsider.setNode('node-2', { isManager: false })
    await drain('node-2')
    const other = open('anothernodeanothernode')
    const removed = await cli.run(['node', 'rm', 'node-2', '--json'], { server: other })
    expect(JSON.parse(removed.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      kind: 'removed',
      node: 'node-2',
      server: { isCleaned: false, why: 'root@fourth: it is another node' },
    })
    expect(other.state.nodeId).toBe('anothernodeanothernode')
  })

  test('refuses one that is down, or holds a volume, until it is forced', async () => {
    using cli = await openShop()
    const { held } = findPlaces(cli)
    cli.engine.outsider.setNode(held, { state: 'down' })
    expect((await cli.run(['node', 'rm', held])).stderr).toContain('it is down, and goes on where it was')
    cli.engine.outsider.setNode(held, { state: 'ready' })
    await cli.run(['node', 'drain', held, '--force'])
    expect((await cli.run(['node', 'rm', held])).stderr).toContain(
      'these volumes are on it alone: shop_production_data (shop/production db)',
    )
    cli.engine.outsider.setNode(held, { state: 'down' })
    const { stdout } = await cli.run(['node', 'rm', held, '--force'])
    expect(stdout).toContain('left behind: volume shop_production_data; shop/production db starts nowhere without it')
    expect(names(cli)).not.toContain(held)
  })

  test('refuses what would lose the quorum', async () => {
    using cli = openTestCli()
    cli.engine.outsider.setNode('node-2', { state: 'down' })
    await cli.run(['node', 'drain', 'node-3'])
    expect((await cli.run(['node', 'rm', 'node-3'])).stderr).toContain('of the 2 managers left 1 would be ready')
    expect(names(cli)).toHaveLength(3)
  })
})
