import { describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const compose = `name: shop
services:
  web:
    image: web:1
    deploy: {replicas: 3}
  slow:
    image: web:1
    deploy: {replicas: 3, update_config: {order: stop-first}}
`

/** Deployed while node-3 was away; it is back. */
const openUneven = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': compose })
  cli.engine.outsider.setNode('node-3', { availability: 'drain' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  cli.engine.outsider.setNode('node-3', { availability: 'active' })
  return cli
}

const tasksOf = ({ engine }: TestCli, name: string) =>
  (engine.world.services.get(`shop_production_${name}`)?.tasks ?? []).filter(
    ({ state, desired }) => state === 'running' && desired === 'running',
  )
const nodesOf = (cli: TestCli, name: string): readonly string[] => tasksOf(cli, name).map(({ nodeId }) => nodeId ?? '')

describe('rebalance', () => {
  test('only tells with --dry-run what is on each node and zone before and after', async () => {
    using cli = await openUneven()
    const { status, stdout } = await cli.run(['rebalance', '--dry-run'])
    expect(status).toBe(3)
    expect(stdout).toMatch(/^shop\/production web +1 +node-1 \d.*node-3 0 -> 1$/m)
    expect(stdout).toMatch(/^node-3 +c +0 -> 1$/m)
    expect(stdout).toMatch(/^zone c +0 -> 1$/m)
    expect(stdout).toContain('! shop/production slow is spread unevenly, too, and stays: it stops before it starts')
    expect(nodesOf(cli, 'web')).not.toContain('node3id')
    const { stdout: data } = await cli.run(['rebalance', '--dry-run', '--json'])
    expect(JSON.parse(data)).toMatchObject({ services: [{ service: 'web', moves: [{ kind: 'surge', to: 'node-3' }] }] })
  })

  test('moves one task and leaves the others, with never one less', async () => {
    using cli = await openUneven()
    const before = tasksOf(cli, 'web').map(({ id }) => id)
    let fewest = Infinity
    cli.engine.world.listeners.add(() => (fewest = Math.min(fewest, tasksOf(cli, 'web').length)))
    const { status, stderr } = await cli.run(['rebalance'])
    expect(status, stderr).toBe(0)
    expect(nodesOf(cli, 'web').toSorted()).toEqual(['node1id', 'node2id', 'node3id'])
    const kept = tasksOf(cli, 'web').filter(({ id }) => before.includes(id))
    expect([kept.length, fewest]).toEqual([2, 3])
    expect(nodesOf(cli, 'slow')).not.toContain('node3id')
    expect((await cli.run(['plan'])).status).toBe(0)
    expect((await cli.run(['why'])).stdout).toContain('tasks spread again')
    expect(await cli.run(['rebalance', 'shop'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('every service is spread as evenly as it can be'),
    })
  })

  test('moves what stops first when told', async () => {
    using cli = await openUneven()
    expect(await cli.run(['rebalance', 'shop/production', '--stateful'])).toMatchObject({ status: 0 })
    expect(nodesOf(cli, 'slow').toSorted()).toEqual(['node1id', 'node2id', 'node3id'])
  })

  test('leaves all as it was, but for one new task, where the new one is not healthy', async () => {
    using cli = await openUneven()
    const before = tasksOf(cli, 'web').map(({ id }) => id)
    cli.engine.setImage('web:1', { run: { kind: 'unhealthy', afterMs: 2_000, output: 'no pulse' } })
    const { status, stdout, stderr } = await cli.run(['rebalance'])
    expect([status, stdout]).toEqual([5, expect.stringContaining('could not be spread again; it runs as before')])
    expect(stderr).toContain('did not become healthy on node-3')
    expect(tasksOf(cli, 'web').map(({ id }) => id)).toEqual(before)
    expect(cli.engine.world.services.get('shop_production_web')?.spec.mode).toEqual({ kind: 'replicated', replicas: 3 })
  })

  test('waits for a drain, and knows its apps', async () => {
    using cli = await openUneven()
    cli.engine.outsider.setNode('node-1', { labels: { 'atoll.drain': '1-2' } })
    const { status, stderr } = await cli.run(['rebalance'])
    expect([status, stderr]).toEqual([1, expect.stringContaining('node-1 is being drained')])
    expect((await cli.run(['rebalance', 'blog'])).stderr).toContain('nothing of it runs here')
  })
})
