import { describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const compose = `name: shop
services:
  web:
    image: web:1
    deploy: {replicas: 2, placement: {max_replicas_per_node: 1}}
  wide:
    image: web:1
    deploy: {replicas: 3, placement: {max_replicas_per_node: 1}}
  big:
    image: web:1
    deploy: {replicas: 3, resources: {reservations: {memory: 3G}}}
  agent:
    image: web:1
    deploy: {mode: global}
`
const small = 'name: blog\nservices: {web: {image: "web:1"}}\n'

const openShop = async (text = compose): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': text })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

describe('what-if', () => {
  test('goes through the nodes, a line each, with what would be missed', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['what-if'])
    expect(status).toBe(7)
    expect(stdout).toMatch(/^WITHOUT +SERVICES +TASKS +MOVE +LOST +MANAGERS +SURVIVES$/m)
    expect(stdout).toMatch(/^node-3 +\d +\d +\d +2 +2\/3 +no$/m)
    expect(stdout).toContain(
      '! shop/production big 3 -> 2: needs 3 GiB of memory, the most that is free is 1 GiB, on node-',
    )
    expect(stdout).toContain(
      '! shop/production wide 3 -> 2: there may be 1 on a node, and that many are on node-1, node-2\n',
    )
    expect(stdout).toContain('survives: no, not without node-1, nor without node-2, nor without node-3')
    expect(await cli.run(['what-if', '--each'])).toMatchObject({ status, stdout })
  })

  test('ends well when nothing would be missed', async () => {
    using cli = await openShop(small)
    const { status, stdout } = await cli.run(['what-if'])
    expect(status).toBe(0)
    expect(stdout).toContain('survives: yes')
  })

  test('tells of nodes that go together every service, and what is left', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['what-if', '--lose', 'node-3'])
    expect(status).toBe(7)
    expect(stdout).toMatch(/^shop\/production agent +3 -> 2 +goes with it$/m)
    expect(stdout).toMatch(/^shop\/production big +3 -> 2 +loses +needs 3 GiB/m)
    expect(stdout).toMatch(/^node-1 +\d +1 GiB|^node-1 +\d +1\.1 GB/m)
    expect(stdout).toContain('managers: 2 of 3 are left, 2 are needed')
    const two = await cli.run(['what-if', '--lose', 'node-3', '--lose', 'node-2'])
    expect(two.stdout).toContain('managers: 1 of 3 are left, 2 are needed')
    expect(two.stdout).toContain('the managers that are left are no majority, and start nothing anew')
  })

  test('takes a zone, one app, and gives data', async () => {
    using cli = await openShop()
    const { stdout } = await cli.run(['what-if', '--lose-zone', 'b', '--app', 'shop/production', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      outcomes: [
        { lost: ['node-2'], survives: false, services: [{ service: 'agent' }, { service: 'big', lost: 1 }, {}, {}] },
      ],
    })
  })

  test('changes nothing', async () => {
    using cli = await openShop()
    const before = structuredClone([cli.engine.world.nodes, [...cli.engine.world.services.values()]])
    await cli.run(['what-if'])
    expect([cli.engine.world.nodes, [...cli.engine.world.services.values()]]).toEqual(before)
  })

  test.each([
    [['--lose', 'nowhere'], 1, 'the nodes are node-1, node-2, node-3'],
    [['--lose-zone', 'nowhere'], 1, 'the zones are a, b, c'],
    [['--app', 'nothing'], 1, 'atoll ls'],
    [['--app', 'shop/Not_One'], 2, 'lower case letters'],
    [['--each', '--lose', 'node-1'], 2, '--each'],
  ])('refuses %j', async (words, wanted, said) => {
    using cli = await openShop()
    const { status, stderr } = await cli.run(['what-if', ...words])
    expect([status, stderr]).toEqual([wanted, expect.stringContaining(said)])
  })

  test('proposes nodes and apps', async () => {
    using cli = await openShop(small)
    const propose = async (...words: readonly string[]) =>
      (await cli.run(['complete', '--', 'what-if', ...words])).stdout
    expect(await propose('--lose', 'node-2')).toContain('node-2')
    expect(await propose('--app', '')).toContain('blog/production')
  })
})

test('status says whether the app survives the loss of any node', async () => {
  using cli = await openShop(small)
  expect((await cli.run(['status'])).stdout).toContain('survives the loss of any node: yes\n')
  using large = await openShop()
  const { stdout } = await large.run(['status'])
  expect(stdout).toContain('survives the loss of any node: no, without node-1: big 3 -> 2, needs 3 GiB')
  expect(stdout).toContain('more; "atoll what-if --app shop/production" tells all')
})
