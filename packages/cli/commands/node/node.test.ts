import { describe, expect, test } from 'vitest'
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
