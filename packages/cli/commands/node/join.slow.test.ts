import { createService } from '@atoll/plan/fixtures'
import { expect, onTestFinished, test } from 'vitest'
import { openSignedIn } from '../../platform/test-signed-in.ts'
import { tellProof } from '../../servers/test-proof.ts'
import { createTestServer } from '../../servers/test-server.ts'
import { openTestCli } from '../../test-cli.ts'

const names = ['node-1', 'node-2', 'node-3', 'node-4']
const open = async (given: Parameters<typeof createTestServer>[1] = {}, seen: object = {}) => {
  const cli = openTestCli({ password: 'correct horse battery\n' })
  cli.engine.setImage('atoll-system:1', {
    run: { kind: 'serves', lines: tellProof(names, { from: 'node-4', to: 'node-1', seen }) },
  })
  const service = createService('control', { engineName: 'atoll_system_control', image: 'atoll-system:1' })
  const context = { ref: { app: 'atoll', environment: 'system' }, release: 1, secrets: {} }
  await cli.engine.apply({ kind: 'create-service', service }, context, cli.stage.signal)
  const now = () => cli.stage.clock.now()
  const server = createTestServer({ world: cli.engine.world, now }, given)
  const signedIn = await openSignedIn(cli)
  const flow = setInterval(() => {
    cli.engine.tick(250)
    cli.stage.clock.ring()
  }, 5)
  onTestFinished(async () => {
    clearInterval(flow)
    await signedIn[Symbol.asyncDispose]()
    cli[Symbol.dispose]()
  })
  const invite = async (...words: readonly string[]): Promise<string> => {
    const { stdout, stderr, status } = await cli.run(['node', 'invite', ...words], { isServed: true })
    expect(status, stderr).toBe(0)
    return /'(.*)'/.exec(stdout)?.[1] ?? ''
  }
  const join = (link: string, ...words: readonly string[]) =>
    cli.run(['node', 'join', link, ...words], { server, isServed: true })
  const nodes = () => cli.engine.world.nodes.map(({ name }) => name)
  return { ...signedIn, cli, server, invite, join, nodes }
}

test('a server becomes a node by what was printed, and once more is one already', async () => {
  const { cli, server, invite, join, say } = await open()
  const link = await invite('--zone', 'd', '--manager')
  const { status, stdout, stderr } = await join(link)
  expect(status, stderr).toBe(0)
  expect(stdout).toContain('✓ node-4 is a node (manager, zone d, 10.0.0.4); proven with node-1, node-2, node-3\n')
  expect(stdout).toContain('warning: with 4 managers')
  expect(server.state.commands.join('\n')).toMatch(/^perl .* 2377$/m)
  expect(cli.engine.world.nodes.at(-1)).toMatchObject({ name: 'node-4', isManager: true, labels: { zone: 'd' } })
  expect((await join(link)).stdout).toContain('node-4 is a node already')
  expect(await say('node invite ls')).toContain('joined from 127.0.0.1')
  expect(await say('audit')).not.toContain('atoll_j_')
})

test.each([
  { what: 'is started anew, or it would dial the one it joined by when it is to be a manager', containers: [] },
  { what: 'is left alone where somebody has containers', containers: ['0123456789ab'] },
])('the engine of a server that has joined $what', async ({ containers }) => {
  const { server, invite, join } = await open({ containers })
  expect((await join(await invite())).status).toBe(0)
  const { commands } = server.state
  const afterwards = commands.slice(commands.findIndex((line) => line.startsWith('docker swarm join')))
  expect(afterwards.includes('systemctl restart docker')).toBe(containers.length === 0)
})

test('what does not come through is named, and the server is out again', async () => {
  const { invite, join, nodes, server } = await open({}, { largeUdp: false })
  const { status, stderr } = await join(await invite('--worker'))
  expect([status, stderr]).toEqual([1, expect.stringContaining('large ones do not')])
  expect(stderr).toContain('raise its MTU')
  expect(stderr).toContain('run the same once more')
  expect(nodes()).toEqual(['node-1', 'node-2', 'node-3'])
  expect(server.state.nodeId).toBeUndefined()
})

test.each<[string, Parameters<typeof createTestServer>[1], string]>([
  ['closed ports', { closed: ['10.0.0.1:7946'] }, 'does not reach 10.0.0.1:7946'],
  ['a wrong clock', { clockAheadMs: 600_000 }, 'ahead of that of the cluster'],
  ['a full disk', { freeBytes: 1e8 }, '/var/lib/docker has 0.1 GB free'],
])('nothing is changed when it refuses, and the link stays good: %s', async (_, given, said) => {
  const { invite, join, nodes, server, say } = await open(given)
  const { status, stderr } = await join(await invite())
  expect([status, stderr]).toEqual([1, expect.stringContaining(said)])
  expect(nodes()).toHaveLength(3)
  expect(server.state.commands.filter((line) => /apt-get.*install|swarm|systemctl|^dd/.test(line))).toEqual([])
  expect(await say('node invite ls')).toContain('open until')
})

test('a link of another cluster, a person, or that was taken back is refused before anything is done', async () => {
  const { invite, join, server, say } = await open()
  const link = await invite()
  const forged = link.replace(/\.[^.]+$/, `.${'x'.repeat(43)}`)
  expect(await join(forged)).toMatchObject({ status: 1, stderr: expect.stringContaining('its fingerprint is') })
  const other = link.replace('atoll_j_', 'atoll_i_')
  expect(await join(other)).toMatchObject({ status: 2, stderr: expect.stringContaining('no invitation of a server') })
  const id = /^([0-9a-f]{32}) /m.exec(await say('node invite ls'))?.[1] ?? ''
  expect(await say(`node invite rm ${id}`)).toContain('is taken back')
  expect(await join(link)).toMatchObject({ status: 1, stderr: expect.stringContaining('atoll node invite') })
  expect(await say('node invite ls')).toContain('no server is invited')
  expect(server.state.commands.filter((line) => !line.startsWith('id'))).toEqual([])
})

test.each([
  [['--manager', '--worker'], 'exclude each other'],
  [['--expires', '2d'], 'no time from 1m to 24h'],
  [['--zone', 'a b'], 'a zone is letters'],
])('words that make no sense: %j', async (words, said) => {
  const { cli } = await open()
  const { status, stderr } = await cli.run(['node', 'invite', ...words], { isServed: true })
  expect([status, stderr]).toEqual([2, expect.stringContaining(said)])
})
