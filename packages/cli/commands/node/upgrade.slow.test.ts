import type { Ran, Server } from '@atoll/server'
import { describe, expect, test } from 'vitest'
import { tellProof } from '../../servers/test-proof.ts'
import { createTestServer, withoutEnvironment } from '../../servers/test-server.ts'
import { openTestCli } from '../../test-cli.ts'

const names = ['node-1', 'node-2', 'node-3']
const web = '  web: {image: "web:1", deploy: {replicas: 3, update_config: {order: start-first, monitor: 2s}}}'
const answer = (stdout: string, status = 0, stderr = ''): Ran => ({ status, stdout, stderr })

interface Given {
  readonly isOld?: boolean
  readonly wantsBoot?: boolean
  readonly failsAt?: string
  readonly seen?: object
  readonly services?: string
}

/** A cluster that runs an app, and the server of its second node with an old Docker. */
const open = async ({ isOld = true, wantsBoot = false, failsAt, seen = {}, services = web }: Given = {}) => {
  const cli = openTestCli({ 'compose.yaml': `name: shop\nservices:\n${services}\n` })
  cli.engine.world.nodes.forEach((node, at) =>
    Object.assign(node, { id: `node${at + 1}node${at + 1}node${at + 1}node${at + 1}` }),
  )
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  cli.engine.setImage('lab/node:1', {
    run: { kind: 'serves', lines: tellProof(names, { from: 'node-2', to: 'node-1', seen }) },
  })
  const { world } = cli.engine
  const node = world.nodes[1]
  const given = { nodeId: node?.id, isManager: true, isInstalled: true, isRunning: true, hostname: 'node-2' }
  const base = createTestServer({ world, now: () => cli.stage.clock.now() }, given)
  const state = { isOld, boots: 0, failsAt }
  const listServices = () => (world.services.get('shop_production_web')?.tasks ?? []).filter(isOn(node?.id ?? ''))
  const onServer = { tasksAtUpgrade: -1 }
  const program = (argv: readonly string[]): Ran | undefined => {
    const line = argv.join(' ')
    if (state.failsAt !== undefined && line.includes(state.failsAt)) return answer('', 100, 'E: it is broken')
    if (argv.includes('--simulate')) return answer(state.isOld ? 'Inst docker.io [1] (2 Debian:12 [amd64])\n' : '')
    if (argv.at(-1) === 'upgrade') {
      state.isOld = false
      onServer.tasksAtUpgrade = listServices().length
    }
    if (line === 'test -e /run/reboot-required')
      return answer('', wantsBoot && !state.isOld && state.boots === 0 ? 0 : 1)
    if (line === 'test -e /var/lib/atoll/upgrading') return answer('', base.state.files.has(argv[2] ?? '') ? 0 : 1)
    if (line === 'rm --force -- /var/lib/atoll/upgrading') base.state.files.delete(argv[3] ?? '')
    if (line.startsWith('docker version')) return answer(state.isOld ? '1' : '2')
    if (line === 'cat /proc/1/stat') return answer('1 (init) S')
    if (line === 'cat /proc/sys/kernel/random/boot_id') return answer(`boot ${state.boots}`)
    if (line === 'systemctl reboot') state.boots += 1
    return undefined
  }
  const server: Server = {
    ...base,
    run: async (argv, options) => program(withoutEnvironment(argv)) ?? base.run(argv, options),
  }
  const upgrade = (...words: readonly string[]) =>
    cli.run(['node', 'upgrade', 'node-2', '--image', 'lab/node:1', ...words], { server })
  const seenNode = () => world.nodes[1]
  return { cli, server: base, state, onServer, upgrade, seenNode, [Symbol.dispose]: () => cli[Symbol.dispose]() }
}

const isOn =
  (nodeId: string) =>
  (task: { readonly nodeId?: string | undefined; readonly state: string }): boolean =>
    task.nodeId === nodeId && task.state === 'running'

describe('node upgrade', () => {
  test('drains a node, upgrades it, proves it and gives it tasks again', async () => {
    using world = await open()
    const { status, stdout, stderr } = await world.upgrade()
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('✓ node-2: 1 package: docker.io 1 -> 2; Docker 1 -> 2; proven with node-1, node-3\n')
    expect(world.onServer.tasksAtUpgrade).toBe(0)
    expect(world.seenNode()).toMatchObject({ availability: 'active', state: 'ready' })
    expect(world.server.state.commands).toContain('systemctl restart docker')
    expect(world.server.state.files.has('/var/lib/atoll/upgrading')).toBe(false)
    expect(world.state.boots).toBe(0)
    expect((await world.upgrade()).stdout).toBe('node-2 is up to date\n')
  })

  test('boots it where an upgrade wants that, or is said, and not where it is forbidden', async () => {
    using wanting = await open({ wantsBoot: true })
    expect((await wanting.upgrade()).stdout).toContain('Docker 1 -> 2; rebooted; proven')
    expect(wanting.state.boots).toBe(1)
    using fresh = await open({ isOld: false })
    expect((await fresh.upgrade('--reboot', 'always')).stdout).toContain('no package; Docker 2; rebooted')
    using never = await open({ wantsBoot: true })
    const { stdout } = await never.upgrade('--reboot', 'never')
    expect(stdout).toContain('what was upgraded counts from the next boot')
    expect(never.state.boots).toBe(0)
  })

  test('only looks with --check', async () => {
    using world = await open()
    const { status, stdout } = await world.upgrade('--check')
    expect({ status, stdout }).toEqual({ status: 3, stdout: 'node-2: 1 package: docker.io 1 -> 2\n' })
    expect(world.state.isOld).toBe(true)
    expect(world.seenNode()).toMatchObject({ availability: 'active' })
    const data = JSON.parse((await world.upgrade('--check', '--json')).stdout.trim().split('\n').at(-1) ?? '')
    expect(data).toMatchObject({ kind: 'checked', node: 'node-2', isNeeded: true, risks: [] })
  })

  test('stops where something goes wrong, leaves the node drained, says so, and goes on when it is mended', async () => {
    using world = await open({ failsAt: '--simulate' })
    const program = world.state
    const looked = await world.upgrade()
    expect([looked.status, looked.stderr]).toEqual([1, expect.stringContaining('see which packages are old')])
    expect(world.seenNode()).toMatchObject({ availability: 'active' })
    program.failsAt = 'systemctl restart docker'
    const stopped = await world.upgrade()
    expect(stopped.status).toBe(1)
    expect(stopped.stderr).toContain('E: it is broken')
    expect(stopped.stderr).toContain('node-2 is left drained')
    expect(world.seenNode()).toMatchObject({ availability: 'drain' })
    program.failsAt = undefined
    expect((await world.upgrade('--check')).stdout).toContain('an upgrade has drained it and did not come to its end')
    const { status, stdout, stderr } = await world.upgrade()
    expect(status, stderr).toBe(0)
    expect(stdout).toContain('no package; Docker 2; proven with node-1, node-3')
    expect(world.seenNode()).toMatchObject({ availability: 'active' })
  })

  test('a node that is not proven afterwards is drained again', async () => {
    using world = await open({ seen: { largeUdp: false } })
    const { status, stderr } = await world.upgrade()
    expect([status, stderr]).toEqual([1, expect.stringContaining('large ones do not')])
    expect(stderr).toContain('node-2 is left drained')
    expect(world.seenNode()?.availability).not.toBe('active')
  })

  test('one that somebody has drained stays drained', async () => {
    using world = await open()
    await world.cli.run(['node', 'drain', 'node-2'])
    const { status, stdout } = await world.upgrade()
    expect([status, stdout]).toEqual([0, expect.stringContaining('was drained before, and stays so')])
    expect(world.seenNode()).toMatchObject({ availability: 'drain' })
  })
})

describe('nothing is begun', () => {
  test('while a node is away', async () => {
    using world = await open()
    world.cli.engine.outsider.setNode('node-3', { state: 'down' })
    const { status, stderr } = await world.upgrade()
    expect([status, stderr]).toEqual([1, expect.stringContaining('node-3 is away')])
    expect(world.seenNode()).toMatchObject({ availability: 'active' })
  })

  test('where something would be missed, unless that is accepted', async () => {
    const tool = '  tool: {image: "web:1", deploy: {placement: {constraints: ["node.hostname==node-2"]}}}'
    using world = await open({ services: `${web}\n${tool}` })
    const { status, stderr } = await world.upgrade()
    expect([status, stderr]).toEqual([1, expect.stringContaining('without node-2: tool 1 -> 0')])
    expect(world.seenNode()).toMatchObject({ availability: 'active' })
    const accepted = await world.upgrade('--accept-loss', '--deadline', '1s')
    expect(accepted.status, accepted.stderr).toBe(0)
  })

  test.each([
    [['node', 'upgrade'], 'say which nodes, or --all'],
    [['node', 'upgrade', 'node-1', '--all'], 'say which nodes, or --all'],
    [['node', 'upgrade', 'node-9'], 'no such node'],
    [['node', 'upgrade', '--all', '--on', 'root@a'], 'several nodes are meant'],
    [['node', 'upgrade', 'node-1'], 'that server is another node'],
  ])('of words that make no sense, or another server: %j', async (words, said) => {
    using world = await open()
    const ended = await world.cli.run(words, { server: { ...world.server } })
    expect([ended.status, ended.stderr]).toEqual([expect.any(Number), expect.stringContaining(said)])
    expect(ended.status).not.toBe(0)
  })
})
