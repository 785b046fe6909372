import { describe, expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const web = '  web: {image: "web:1", deploy: {replicas: 3, update_config: {order: start-first, monitor: 2s}}}'
const slow =
  '  slow: {image: "web:1", deploy: {replicas: 3, update_config: {order: stop-first}, placement: {max_replicas_per_node: 2}}}'
const db = '  db: {image: "web:1", volumes: ["data:/data"]}'
const compose = `name: shop
services:
${web}
${slow}
  agent: {image: "web:1", deploy: {mode: global}}
  tool: {image: "web:1", deploy: {placement: {constraints: ["node.hostname==node-1"]}}}
`

const openShop = async (text = compose): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': text })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

const idOf = ({ engine }: TestCli, name: string): string =>
  engine.world.nodes.find((node) => node.name === name)?.id ?? ''

const runningTasks = ({ engine }: TestCli, service: string) =>
  (engine.world.services.get(`shop_production_${service}`)?.tasks ?? []).filter(
    ({ state, desired }) => state === 'running' && desired === 'running',
  )

const tasksOn = (cli: TestCli, name: string): number =>
  [...cli.engine.world.services.values()]
    .flatMap(({ tasks }) => tasks)
    .filter(({ nodeId, state }) => nodeId === idOf(cli, name) && state === 'running').length

/** Fewest healthy tasks of a service at any event from now on. */
const watchFewest = (cli: TestCli, service: string): (() => number) => {
  let fewest = Infinity
  cli.engine.world.listeners.add(() => (fewest = Math.min(fewest, runningTasks(cli, service).length)))
  return () => fewest
}

/** Of the node that holds the volume of `db`. */
const holderOf = ({ engine }: TestCli): string =>
  engine.world.nodes.find(({ id }) => id === engine.world.places.get('shop_production_data')?.nodeId)?.name ?? ''

describe('node drain', () => {
  test('moves what may start first without a moment with fewer, then the rest, and ends when all is healthy', async () => {
    using cli = await openShop()
    const fewest = watchFewest(cli, 'web')
    const { status, stdout, stderr } = await cli.run(['node', 'drain', 'node-2'])
    expect(stderr).toContain('draining node-2; what cannot move runs until')
    expect(stderr).toMatch(/shop\/production slow +1 here, 2 of 3 elsewhere +waits for its turn/)
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^node-2 is drained; 2 services moved\n {2}atoll receipt \d+ --app shop\/production {3}says what was measured\n$/,
    )
    expect(fewest()).toBe(3)
    expect(tasksOn(cli, 'node-2')).toBe(0)
    expect(runningTasks(cli, 'slow')).toHaveLength(3)
    expect(cli.engine.world.nodes[1]).toMatchObject({ availability: 'drain' })
  })

  test('leaves nothing to plan and no drift, and deploys meanwhile and after agree', async () => {
    using cli = await openShop()
    await cli.run(['node', 'drain', 'node-2'])
    expect(await cli.run(['plan'])).toMatchObject({ status: 0 })
    expect((await cli.run(['repair'])).stdout).toContain('nothing is to be repaired')
    cli.write('compose.yaml', compose.replaceAll('web:1', 'web:2'))
    expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
    expect(tasksOn(cli, 'node-2')).toBe(0)
    expect((await cli.run(['node', 'ls'])).stdout).toMatch(/^node-2 .* drained: takes no tasks/m)
  })

  test('said again is done at once; resumed, tasks may run there again', async () => {
    using cli = await openShop()
    await cli.run(['node', 'drain', 'node-2'])
    const again = await cli.run(['node', 'drain', 'node-2'])
    expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining('is being drained already') })
    expect((await cli.run(['node', 'resume', 'node-2'])).stdout).toBe('node-2 takes tasks again\n')
    expect(cli.engine.world.nodes[1]).toMatchObject({ availability: 'active', labels: { zone: 'b' } })
    expect(cli.engine.world.services.get('shop_production_web')?.spec.placement.constraints).toEqual([])
    expect(await cli.run(['plan'])).toMatchObject({ status: 0 })
    expect(runningTasks(cli, 'agent')).toHaveLength(3)
    await cli.run(['scale', 'web=9'])
    expect(tasksOn(cli, 'node-2')).toBeGreaterThan(1)
    expect((await cli.run(['node', 'resume', 'node-2', '--json'])).stdout).toBe('{"node":"node-2","isChanged":false}\n')
  })

  test('says what cannot move and why, and lets it run until the deadline', async () => {
    using cli = await openShop(`name: shop\nservices:\n${web}\n${db}\nvolumes: {data: {}}\n`)
    const holder = holderOf(cli)
    const beganMs = cli.engine.clock.now()
    let endedAtMs = Infinity
    cli.engine.world.listeners.add(() => {
      if (runningTasks(cli, 'db').length === 0) endedAtMs = Math.min(endedAtMs, cli.engine.clock.now())
    })
    const { status, stdout, stderr } = await cli.run(['node', 'drain', holder, '--deadline', '60s'])
    const reason = `its volume shop_production_data is on ${holder}`
    expect(stderr).toMatch(new RegExp(`shop/production db +1 here, 0 of 1 elsewhere +cannot move: ${reason}`))
    expect(status).toBe(7)
    expect(stdout).toContain(`stopped: shop/production db: ${reason}; it starts when "atoll node resume ${holder}"`)
    expect(endedAtMs - beganMs).toBeGreaterThanOrEqual(60_000)
    expect(endedAtMs - beganMs).toBeLessThan(65_000)
    expect(runningTasks(cli, 'web')).toHaveLength(3)
    await cli.run(['node', 'resume', holder])
    await cli.stage.pass(10_000)
    expect(runningTasks(cli, 'db')).toHaveLength(1)
  })

  test('with --force stops everything at once', async () => {
    using cli = await openShop(`name: shop\nservices:\n${web}\n${db}\nvolumes: {data: {}}\n`)
    const holder = holderOf(cli)
    const beganMs = cli.engine.clock.now()
    expect(await cli.run(['node', 'drain', holder, '--force'])).toMatchObject({ status: 7 })
    expect(cli.engine.clock.now() - beganMs).toBeLessThan(60_000)
    expect(tasksOn(cli, holder)).toBe(0)
  })

  test('tells what has no room elsewhere in numbers', async () => {
    const big = 'resources: {reservations: {memory: 3G}}'
    using cli = await openShop(`name: shop\nservices:\n  big: {image: "web:1", deploy: {replicas: 3, ${big}}}\n`)
    const { status, stderr } = await cli.run(['node', 'drain', 'node-2', '--deadline', '30s'])
    expect(stderr).toMatch(/big .*cannot move: needs 3 GiB of memory, the most that is free is 1 GiB, on node-/)
    expect(status).toBe(7)
  })

  test('left by Ctrl-C it stands still, says how to go on, and goes on', async () => {
    using cli = await openShop(`name: shop\nservices:\n${web}\n${db}\nvolumes: {data: {}}\n`)
    const holder = holderOf(cli)
    const left = await cli.run(['node', 'drain', holder, '--deadline', '5m'], { interruptAt: 'cannot move' })
    expect(left).toMatchObject({
      status: 130,
      stderr: expect.stringContaining(`take back:  atoll node resume ${holder}`),
    })
    expect(left.stderr).toContain(`the drain of ${holder} stands still`)
    await cli.stage.pass(400_000)
    expect(runningTasks(cli, 'db')).toHaveLength(1)
    expect(await cli.run(['node', 'drain', holder])).toMatchObject({ status: 7 })
    expect(runningTasks(cli, 'db')).toHaveLength(0)
  })

  test('moves services of strangers after the others, and leaves alone what was changed by hand', async () => {
    using cli = await openShop()
    cli.engine.outsider.create('service', 'alien')
    cli.engine.outsider.change('shop_production_web', (spec) => ({ ...spec, environment: { BY: 'hand' } }))
    await cli.stage.pass(60_000)
    const on = cli.engine.world.nodes.find(({ id }) => id === cli.engine.world.services.get('alien')?.tasks[0]?.nodeId)
    expect(await cli.run(['node', 'drain', on?.name ?? ''])).toMatchObject({ status: 0 })
    expect(tasksOn(cli, on?.name ?? '')).toBe(0)
    expect(cli.engine.world.services.get('shop_production_web')?.spec.environment).toEqual({ BY: 'hand' })
  })

  test.each([
    [['nowhere'], 1, 'the nodes are node-1'],
    [['node-2', '--deadline', 'soon'], 2, 'say 90s, 10m or 2h'],
    [['node-2', '--deadline', '5m', '--force'], 2, 'leave out one of them'],
  ])('refuses %j', async (words, wanted, said) => {
    using cli = openTestCli()
    const { status, stderr } = await cli.run(['node', 'drain', ...words])
    expect([status, stderr]).toEqual([wanted, expect.stringContaining(said)])
    expect(cli.engine.world.nodes.every(({ availability }) => availability === 'active')).toBe(true)
  })

  test('refuses the last node that takes tasks', async () => {
    using cli = openTestCli()
    cli.engine.outsider.setNode('node-1', { availability: 'pause' })
    cli.engine.outsider.setNode('node-3', { state: 'down' })
    const { status, stderr } = await cli.run(['node', 'drain', 'node-2'])
    expect([status, stderr]).toEqual([1, expect.stringContaining('no other node takes tasks')])
    expect(cli.engine.world.nodes[1]?.labels).toEqual({ zone: 'b' })
  })
})
