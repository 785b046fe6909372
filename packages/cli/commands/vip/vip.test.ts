import { readVips } from '@atoll/server/vips'
import { describe, expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { Result, TestCli } from '../../test-cli.ts'
import { openTestNetwork } from '../../vips/test-network.ts'
import type { TestHost, TestNetwork } from '../../vips/test-network.ts'

interface Bench extends Disposable, TestNetwork {
  readonly cli: TestCli
  readonly vip: (...words: readonly string[]) => Promise<Result>
}

const openBench = (): Bench => {
  const cli = openTestCli()
  const network = openTestNetwork(cli.engine.world.nodes)
  const vip: Bench['vip'] = (...words) => cli.run(['vip', ...words], { server: network.open, isServed: true })
  return { cli, ...network, vip, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

const never = new AbortController().signal
const kept = async ({ cli }: Bench) => (await readVips(cli.stage, never)).vips
const host = ({ hosts }: Bench, at: number): TestHost => {
  const found = hosts[at - 1]
  if (found === undefined) throw new Error(`no host ${at}`)
  return found
}
const filesOf = ({ hosts }: Bench) => hosts.map(({ files }) => [...files.keys()].toSorted())
const seen = async (bench: Bench) => {
  const { status, stdout, stderr } = await bench.vip('ls', '--json')
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout) as readonly {
    readonly address: string
    holders: readonly string[]
    drift: readonly string[]
  }[]
}

const ours = ['/etc/keepalived/atoll-ingress', '/etc/keepalived/atoll-moved', '/etc/keepalived/keepalived.conf']

describe('a virtual address', () => {
  test('is given to every node, held by one, told of, and taken away with all that is ours', async () => {
    using bench = openBench()
    const { status, stdout, stderr } = await bench.vip('add', '192.0.2.10/24')
    expect([status, stdout], stderr).toEqual([0, '✓ 192.0.2.10 answers on node-1; node-2, node-3 would take it\n'])
    expect(bench.hosts.every(({ isInstalled, isRunning }) => isInstalled && isRunning)).toBe(true)
    expect(filesOf(bench)).toEqual([ours, ours, ours])
    expect(await kept(bench)).toMatchObject([{ address: '192.0.2.10', isEveryNode: true, members: [{}, {}, {}] }])
    const listed = await bench.vip('ls')
    expect(listed.stdout).toMatch(/192\.0\.2\.10\/24 +node-1 .*node-1, node-2, node-3/)
    expect(listed.stdout).not.toContain('atoll vip apply')

    const removed = await bench.vip('rm', '192.0.2.10')
    expect(removed, removed.stderr).toMatchObject({ status: 0, stdout: '192.0.2.10 is no virtual address any more\n' })
    expect(filesOf(bench)).toEqual([[], [], []])
    expect(bench.hosts.every(({ isInstalled, isRunning }) => isInstalled && !isRunning)).toBe(true)
    expect(await kept(bench)).toEqual([])
    expect((await bench.vip('ls')).stdout).toContain('no virtual address')
  })

  test('is on those that are named, goes to whom it is preferred, and beside others', async () => {
    using bench = openBench()
    const words = ['--node', 'node-1', '--node', 'node-3', '--prefer', 'node-3', '--router-id', '9', '--json']
    const { stdout } = await bench.vip('add', '192.0.2.10/24', ...words)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      kind: 'added',
      holder: 'node-3',
      vip: { routerId: 9, isEveryNode: false },
    })
    expect(filesOf(bench)).toEqual([ours, [], ours])
    expect((await bench.vip('ls')).stdout).toContain('node-1, node-3 (preferred)')
    expect(await bench.vip('add', '192.0.2.11/24')).toMatchObject({ status: 0 })
    expect((await seen(bench)).map(({ address, holders }) => [address, holders])).toEqual([
      ['192.0.2.10', ['node-3']],
      ['192.0.2.11', ['node-1']],
    ])
    expect(await bench.vip('rm', '192.0.2.11')).toMatchObject({ status: 0 })
    expect(filesOf(bench)).toEqual([ours, [], ours])
    expect((await seen(bench)).map(({ holders, drift }) => [holders, drift])).toEqual([[['node-3'], []]])
  })

  test('is on another node when the ingress of its holder does not answer', async () => {
    using bench = openBench()
    await bench.vip('add', '192.0.2.10/24')
    host(bench, 1).hasIngress = false
    expect(await seen(bench)).toMatchObject([{ holders: ['node-2'], drift: [] }])
  })
})

describe('nothing is changed when it is refused', () => {
  const expectNothing = async (bench: Bench): Promise<void> => {
    expect(await kept(bench)).toEqual([])
    expect(bench.hosts.map(({ isInstalled }) => isInstalled)).toEqual([false, false, false])
  }

  test.each<[string, (bench: Bench) => void, string]>([
    ['no ingress answers', (bench) => void (host(bench, 2).hasIngress = false), 'node-2: no ingress answers'],
    ['a node is not reached', (bench) => void (host(bench, 3).isReached = false), 'node-3: root@10.0.0.3: no answer'],
    [
      'somebody has it',
      ({ strangers }) => void strangers.add('192.0.2.10'),
      '02:00:00:00:00:99 on the network of eth1',
    ],
    ['a node is down', ({ cli }) => cli.engine.outsider.setNode('node-2', { state: 'down' }), 'node-2 is down'],
    [
      'keepalived is configured by somebody else',
      (bench) => void host(bench, 1).files.set('/etc/keepalived/keepalived.conf', 'vrrp_instance x {}\n'),
      "node-1: /etc/keepalived/keepalived.conf is somebody else's",
    ],
  ])('%s', async (_why, prepare, said) => {
    using bench = openBench()
    prepare(bench)
    const { status, stderr } = await bench.vip('add', '192.0.2.10/24')
    expect([status, stderr]).toEqual([1, expect.stringContaining(said)])
    await expectNothing(bench)
  })

  test.each<[readonly string[], number, string]>([
    [['192.0.2.10'], 2, 'is no address with the length of its network'],
    [['192.0.2.255/24'], 2, 'its broadcast address'],
    [['192.0.2.10/24', '--router-id', '256'], 2, 'a number from 1 to 255'],
    [['192.0.2.10/24', '--interface', 'a b'], 2, 'is no name of an interface'],
    [['192.0.2.10/24', '--node', 'node-9', '--node', 'node-1'], 2, 'node-9: no such node'],
    [['192.0.2.10/24', '--node', 'node-1'], 1, 'it takes 2 to 200 nodes'],
    [['192.0.2.10/24', '--node', 'node-1', '--node', 'node-2', '--prefer', 'node-3'], 2, 'none of its nodes'],
    [['10.0.0.1/24'], 2, 'that is the address of node-1 itself'],
    [['198.51.100.9/24'], 1, 'no address of its own in the network of 198.51.100.9/24'],
    [['192.0.2.10/24', '--interface', 'eth7'], 1, 'it has no interface eth7; there are eth1'],
    [['192.0.2.2/24'], 1, 'node-2: it has 192.0.2.2 already'],
  ])('%j', async (words, expected, said) => {
    using bench = openBench()
    const { status, stderr } = await bench.vip('add', ...words)
    expect([status, stderr]).toEqual([expected, expect.stringContaining(said)])
    await expectNothing(bench)
  })

  test('an address or a number that is one already', async () => {
    using bench = openBench()
    await bench.vip('add', '192.0.2.10/24', '--router-id', '9')
    expect(await bench.vip('add', '192.0.2.10/24')).toMatchObject({ status: 2 })
    const same = await bench.vip('add', '192.0.2.11/24', '--router-id', '9')
    expect(same).toMatchObject({ status: 2, stderr: expect.stringContaining('192.0.2.10 has --router-id 9') as string })
    expect(await kept(bench)).toHaveLength(1)
    expect(await bench.vip('rm', '192.0.2.11')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there are 192.0.2.10') as string,
    })
  })
})

test('what fails on the way is taken back, and says why', async () => {
  using bench = openBench()
  await bench.vip('add', '192.0.2.10/24', '--node', 'node-1', '--node', 'node-2')
  host(bench, 3).refuses = true
  const { status, stderr } = await bench.vip('add', '192.0.2.11/24')
  expect([status, stderr]).toEqual([1, expect.stringContaining('have keepalived look at what it gets')])
  expect(stderr).toContain('take 192.0.2.11 back')
  expect(filesOf(bench)).toEqual([ours, ours, []])
  expect((await kept(bench)).map(({ address }) => address)).toEqual(['192.0.2.10'])
  expect(await seen(bench)).toMatchObject([{ holders: ['node-1'], drift: [] }])
})

test('left by Ctrl-C all of it is taken back', async () => {
  using bench = openBench()
  const { status } = await bench.cli.run(['vip', 'add', '192.0.2.10/24'], {
    server: bench.open,
    isServed: true,
    interruptAt: 'node-2: give it',
  })
  expect(status).toBe(130)
  expect(filesOf(bench)).toEqual([[], [], []])
  expect(await kept(bench)).toEqual([])
})

describe('nodes that come, go and change', () => {
  const driftOf = async (bench: Bench) => (await seen(bench)).flatMap(({ drift }) => drift)

  test('are told of, and applied', async () => {
    using bench = openBench()
    const { nodes } = bench.cli.engine.world
    const third = nodes.pop()
    await bench.vip('add', '192.0.2.10/24')
    expect(await driftOf(bench)).toEqual([])
    if (third !== undefined) nodes.push(third)
    expect(await driftOf(bench)).toEqual(['node-3 is new'])
    const applied = await bench.vip('apply')
    expect(applied, applied.stderr).toMatchObject({ status: 0 })
    expect(applied.stdout).toBe(
      ['node-1', 'node-2', 'node-3'].map((name) => `✓ ${name} has its addresses now\n`).join(''),
    )
    expect(await driftOf(bench)).toEqual([])
    expect((await bench.vip('apply')).stdout).toContain('node-1 is as it should be')

    Object.assign(nodes[1] ?? {}, { name: 'shelf-2' })
    Object.assign(host(bench, 3), { device: 'eth2' })
    expect(await driftOf(bench)).toEqual(['node-3 is 192.0.2.3 on eth2 now, not 192.0.2.3 on eth1'])
    await bench.vip('apply')
    expect(host(bench, 3).files.get('/etc/keepalived/keepalived.conf')).toContain('192.0.2.10/32 dev eth2')
    nodes.pop()
    expect(await driftOf(bench)).toEqual(['node-3 is no node of the cluster any more'])
    await bench.vip('apply')
    expect(await driftOf(bench)).toEqual([])
    expect(await kept(bench)).toMatchObject([{ members: [{ name: 'node-1' }, { name: 'shelf-2' }] }])
    expect(host(bench, 1).files.get('/etc/keepalived/keepalived.conf')).not.toContain('192.0.2.3')
  })

  test('a server that was changed by hand, does not run it or is not reached is told of; one that fails keeps no other', async () => {
    using bench = openBench()
    await bench.vip('add', '192.0.2.10/24')
    host(bench, 2).files.set('/etc/keepalived/keepalived.conf', '# mine\n')
    host(bench, 3).isRunning = false
    expect(await driftOf(bench)).toEqual([
      'node-2 has another configuration of keepalived',
      'node-3 does not run keepalived',
    ])
    const { status, stdout } = await bench.vip('apply')
    expect(status).toBe(1)
    expect(stdout).toContain("✗ node-2: /etc/keepalived/keepalived.conf is somebody else's")
    expect(stdout).toContain('✓ node-3 has its addresses now')
    host(bench, 2).files.clear()
    expect(await bench.vip('apply')).toMatchObject({ status: 0 })
    expect(await driftOf(bench)).toEqual([])
    host(bench, 3).isReached = false
    expect(await driftOf(bench)).toEqual(['node-3 was not reached: root@10.0.0.3: no answer'])
    const refused = await bench.vip('rm', '192.0.2.10')
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('node-3: root@10.0.0.3') as string })
    expect(await kept(bench)).toHaveLength(1)
    const forced = await bench.vip('rm', '192.0.2.10', '--force')
    expect(forced).toMatchObject({ status: 0, stdout: expect.stringContaining('left behind: on node-3') as string })
    expect(await kept(bench)).toEqual([])
    expect(filesOf(bench)).toEqual([[], [], ours])
  })
})
