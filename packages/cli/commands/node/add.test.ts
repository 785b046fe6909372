import type { NodeReport } from '@atoll/server'
import { describe, expect, test } from 'vitest'
import { createTestServer } from '../../servers/test-server.ts'
import type { TestServer } from '../../servers/test-server.ts'
import { tellProof } from '../../servers/test-proof.ts'
import { openTestCli } from '../../test-cli.ts'
import type { Result, TestCli } from '../../test-cli.ts'

const names = ['node-1', 'node-2', 'node-3', 'node-4']
/** What the tasks of the proof say: all is well, but for the way named. */
const reports = (from = '', to = '', seen: object = {}): readonly NodeReport[] =>
  tellProof(names, { from, to, seen }).map((line) => JSON.parse(line) as NodeReport)

const saysDeaf = [
  'time="2999-01-01T00:00:00Z" level=info msg="Node 0ab1c2d3e4f5/10.0.0.2, joined gossip cluster"',
  ...['05', '10', '15'].map(
    (seconds) =>
      `time="2999-01-01T00:00:${seconds}Z" level=warning msg="memberlist: Was able to connect to 0ab1c2d3e4f5 but other probes failed, network may be misconfigured"`,
  ),
].join('\n')

interface Bench extends Disposable {
  readonly cli: TestCli
  readonly server: TestServer
  readonly add: (...words: readonly string[]) => Promise<Result>
}

const openBench = (given: Parameters<typeof createTestServer>[1] = {}, said = reports()): Bench => {
  const cli = openTestCli()
  const lines = said.map((report) => JSON.stringify(report))
  cli.engine.world.images.set('lab/node:1', { run: { kind: 'serves', lines } })
  const server = createTestServer({ world: cli.engine.world, now: () => cli.stage.clock.now() }, given)
  const add: Bench['add'] = (...words) =>
    cli.run(['node', 'add', 'root@fourth', '--image', 'lab/node:1', ...words], { server })
  return { cli, server, add, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

const nodesOf = ({ cli }: Bench) =>
  cli.engine.world.nodes.map(({ name, isManager, labels }) => ({ name, isManager, labels }))

describe('node add', () => {
  test('makes a server with nothing on it a node, proven and labelled, and leaves nothing of the proof', async () => {
    using bench = openBench()
    const { status, stdout, stderr } = await bench.add('--zone', 'd')
    expect(status, stderr).toBe(0)
    expect(bench.server.state.commands.join('\n')).not.toMatch(/^perl .* 2377$/m)
    expect(stdout).toBe('✓ node-4 is a node (worker, zone d, 10.0.0.4); proven with node-1, node-2, node-3\n')
    expect(nodesOf(bench).at(-1)).toEqual({ name: 'node-4', isManager: false, labels: { zone: 'd' } })
    expect(JSON.parse(bench.server.state.settings)).toMatchObject({ 'log-driver': 'local' })
    expect([...bench.cli.engine.world.services.keys()]).toEqual([])
    expect((await bench.cli.run(['ls'])).stdout).not.toContain('proof')
  })

  test('once more finds it, proves it, and installs and joins nothing', async () => {
    using bench = openBench()
    await bench.add()
    const { settings } = bench.server.state
    bench.server.state.commands.length = 0
    const { status, stdout } = await bench.add('--json')
    expect(status).toBe(0)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      kind: 'added',
      node: 'node-4',
      isJoined: false,
      provenWith: ['node-1', 'node-2', 'node-3'],
    })
    expect(nodesOf(bench)).toHaveLength(4)
    expect(bench.server.state.settings).toBe(settings)
    expect(
      bench.server.state.commands.filter((line) => /apt-get.*install|swarm join|systemctl|^dd/.test(line)),
    ).toEqual([])
  })

  test('the first three become managers, and a manager is made of whom it is said', async () => {
    using bench = openBench()
    await bench.cli.run(['node', 'demote', 'node-3'])
    expect((await bench.add()).stdout).toContain('node-4 is a node (manager')
    expect(nodesOf(bench).at(-1)).toMatchObject({ name: 'node-4', isManager: true })
    // Held open while the others are asked whether they reach it there.
    expect(bench.server.state.commands.join('\n')).toMatch(/^perl .* 2377$/m)
    using other = openBench()
    const { stdout } = await other.add('--manager')
    expect(stdout).toContain('warning: with 4 managers')
    expect(nodesOf(other).at(-1)).toMatchObject({ isManager: true })
  })

  test('a witness takes no task from its first moment, votes, and is proven by those of the others', async () => {
    using bench = openBench({}, reports().slice(0, 3))
    await bench.cli.run(['node', 'demote', 'node-3'])
    const { status, stdout, stderr } = await bench.add('--witness', '--zone', 'd')
    expect(status, stderr).toBe(0)
    expect(stdout).toBe(
      '✓ node-4 is a node (witness, zone d, 10.0.0.4); it votes and runs nothing; proven with node-1, node-2, node-3\n',
    )
    expect(bench.server.state.commands.join('\n')).toMatch(/^docker swarm join .*--availability drain/m)
    expect(bench.cli.engine.world.nodes.at(-1)).toMatchObject({
      isManager: true,
      availability: 'drain',
      labels: { zone: 'd', 'atoll.witness': 'true' },
    })
    expect(bench.server.state.commands.join('\n')).toMatch(/^perl .* 2377$/m)
    expect((await bench.add('--witness', '--worker')).stderr).toContain('--worker and --witness exclude each other')
  })

  test('a witness that cannot be asked for its vote is out again', async () => {
    const said = reports('node-2', 'node-4', { closed: ['10.0.0.4:2377'] })
    using bench = openBench({}, said.slice(0, 3))
    const { status, stderr } = await bench.add('--witness')
    expect([status, stderr]).toEqual([1, expect.stringContaining('node-2 does not reach node-4 at 2377/tcp')])
    expect(nodesOf(bench).map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3'])
  })

  test.each<[string, Parameters<typeof openBench>, string, string]>([
    [
      'a way that is closed',
      [
        {},
        reports('node-4', 'node-2', {
          tcp: false,
          udp: false,
          largeTcp: false,
          largeUdp: false,
          closed: ['10.0.0.2:7946'],
        }),
      ],
      'node-4 does not reach node-2 at 7946/tcp',
      'iptables -I INPUT',
    ],
    [
      'a way that the engine finds closed',
      [{ log: saysDeaf }],
      'node-4 reaches node-2 at 7946/tcp and not at 7946/udp',
      'iptables -I INPUT -p udp -s 10.0.0.4 --dport 7946',
    ],
    ['an MTU', [{}, reports('node-1', 'node-4', { largeUdp: false })], 'large ones do not', 'raise its MTU'],
  ])(
    'what does not come through is named, and the node is out again: %s',
    async (_, [given, said], message, remedy) => {
      using bench = openBench(given, said)
      const { status, stderr } = await bench.add()
      expect(status).toBe(1)
      expect(stderr).toContain(message)
      expect(stderr).toContain(remedy)
      expect(stderr).toContain('it is out of the cluster again')
      expect(nodesOf(bench).map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3'])
      expect(bench.server.state.nodeId).toBeUndefined()
      expect([...bench.cli.engine.world.services.keys()]).toEqual([])
    },
  )

  test('a fault between others is told, and keeps nobody out', async () => {
    using bench = openBench({}, reports('node-1', 'node-2', { largeUdp: false }))
    const { status, stderr } = await bench.add()
    expect([status, stderr]).toEqual([0, expect.stringContaining('from node-1 to node-2')])
  })
})

test('of a file all are added, and one that fails is told of and keeps none out', async () => {
  using bench = openBench({ hostname: 'node-2' })
  bench.cli.write(
    'nodes.yaml',
    '- {server: root@a, role: worker}\n- {server: root@b, role: worker, zone: d, name: node-4}\n',
  )
  const words = ['node', 'add', '--file', 'nodes.yaml', '--image', 'lab/node:1']
  const { status, stdout, stderr } = await bench.cli.run(words, { server: bench.server })
  expect(status).toBe(1)
  expect(stderr).toContain('there is a node named node-2 already')
  expect(stdout).toBe('✓ node-4 is a node (worker, zone d, 10.0.0.4); proven with node-1, node-2, node-3\n')
  expect(nodesOf(bench).at(-1)).toEqual({ name: 'node-4', isManager: false, labels: { zone: 'd' } })
})

test('left by Ctrl-C it says how it stands, leaves nothing of the proof, and goes on', async () => {
  using bench = openBench()
  const words = ['node', 'add', 'root@fourth', '--image', 'lab/node:1']
  const left = await bench.cli.run(words, { server: bench.server, interruptAt: 'prove it' })
  expect(left.status).toBe(130)
  expect(left.stderr).toContain('root@fourth is in the cluster and not proven yet: the same once more goes on')
  expect([...bench.cli.engine.world.services.keys()]).toEqual([])
  const { status, stdout } = await bench.add()
  expect({ status, stdout }).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('proven with node-1') as string,
  })
  expect(nodesOf(bench)).toHaveLength(4)
})

describe('nothing is changed when it refuses', () => {
  test.each<[string, Parameters<typeof createTestServer>[1], string]>([
    ['closed ports', { closed: ['10.0.0.1:7946'] }, 'does not reach 10.0.0.1:7946'],
    ['all managers', { closed: [1, 2, 3].map((at) => `10.0.0.${at}:2377`) }, 'does not reach 10.0.0.1:2377'],
    ['another Swarm', { isInstalled: true, isRunning: true, nodeId: 'of-another' }, 'a node of another Swarm'],
    ['a wrong clock', { clockAheadMs: 600_000 }, 'its clock is 600 s ahead of the one here'],
    ['a full disk', { freeBytes: 1e8 }, '/var/lib/docker has 0.1 GB free'],
    ['a name that is taken', { hostname: 'node-2' }, 'there is a node named node-2 already'],
  ])('%s', async (_, given, said) => {
    using bench = openBench(given)
    const { status, stderr } = await bench.add()
    expect([status, stderr]).toEqual([1, expect.stringContaining(said)])
    expect(nodesOf(bench)).toHaveLength(3)
    expect(bench.server.state.commands.filter((line) => /apt-get.*install|swarm|systemctl|^dd/.test(line))).toEqual([])
  })

  test.each([
    [['--manager', '--worker'], 'exclude each other'],
    [['--zone', 'a b'], 'a zone is letters'],
    [['--name', 'Node_4'], 'lower case letters'],
    [['--address', 'here'], 'IPv4 address'],
    [['--port', '0'], 'a number from 1 to 65535'],
  ])('words that make no sense: %j', async (words, said) => {
    using bench = openBench()
    const { status, stderr } = await bench.add(...words)
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
  })

  test.each([
    [[], 'which server?'],
    [['root@a', '--file', 'nodes.yaml'], '--file says of each server'],
    [['--file', 'nodes.yaml', '--worker'], '--file says of each server'],
    [['--file', 'nowhere.yaml'], 'it cannot be read'],
  ])('nor these: %j', async (words, said) => {
    using bench = openBench()
    const { status, stderr } = await bench.cli.run(['node', 'add', ...words])
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
  })
})
