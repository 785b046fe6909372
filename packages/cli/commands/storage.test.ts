import { describe, expect, test } from 'vitest'
import { storeOf } from '@atoll/engine/fake'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

const openShop = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': 'name: shop\nservices: {web: {image: "registry.test/web:1"}}\n' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  const [running] = await cli.engine.serviceImages(new AbortController().signal)
  const image = (id: string, name: string, tags: readonly string[] = []) => {
    return { id, tags, digests: [name], bytes: 1_500_000_000, createdAtMs: 0 }
  }
  const store = storeOf(cli.engine.world, 'node2id')
  store.images = [
    image(digest('a'), running ?? ''),
    image(digest('b'), `registry.test/web@${digest('b')}`),
    image(digest('c'), `postgres@${digest('c')}`, ['postgres:16']),
  ]
  store.cacheBytes = 2e9
  store.disk = {
    sizeBytes: 100e9,
    freeBytes: 8e9,
    usedShare: 0.92,
    scarce: 'bytes',
    reserve: { bytes: 1, isHeld: false },
  }
  return cli
}

const listImages = (cli: TestCli): readonly string[] => storeOf(cli.engine.world, 'node2id').images.map(({ id }) => id)

describe('df', () => {
  test('says of each node what is there', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['df'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^node-1 +100 GB +20 %/m)
    expect(stdout).toMatch(/^node-2 +100 GB +92 % +4\.5 GB +0 B +0 B +2\.0 GB/m)
    expect(stdout).toContain('node-2: the room held for the engine is given up')
  })

  test('of one node as data', async () => {
    using cli = await openShop()
    const { stdout } = await cli.run(['df', '--node', 'node-2', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([
      { node: 'node-2', disk: { usedShare: 0.92 }, usage: { images: { count: 3 } } },
    ])
  })

  test('goes on without a node that does not answer, and ends with status 1', async () => {
    using cli = await openShop()
    Object.assign(cli.engine.world.nodes[2] ?? {}, { state: 'down' })
    const { status, stdout } = await cli.run(['df'])
    expect(status).toBe(1)
    expect(stdout).toContain('node-3: reach node node3id')
    expect(stdout).toMatch(/^node-1/m)
  })

  test('shows on a terminal what is told while a node is still silent', async () => {
    using cli = await openShop()
    const usage = cli.engine.usage.bind(cli.engine)
    const shown = Promise.withResolvers<string>()
    cli.engine.usage = async (nodeId, signal) => {
      if (nodeId === 'node2id') await shown.promise
      return usage(nodeId, signal)
    }
    const onLine = (text: string): void => {
      if (text.includes('waiting for node-2\n')) shown.resolve(text)
    }
    const { status } = await cli.run(['df'], { isTerminal: true, onLine })
    expect(status).toBe(0)
    expect(await shown.promise).toMatch(/^node-1 +100 GB[^]*^node-3 +100 GB/m)
  })

  test('knows no other node', async () => {
    using cli = await openShop()
    const { status, stderr } = await cli.run(['df', '--node', 'nowhere'])
    expect(status).toBe(2)
    expect(stderr).toContain('node-1, node-2, node-3')
  })
})

describe('prune', () => {
  test('only tells with --dry-run', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['prune', '--node', 'node-2', '--dry-run'])
    expect(status).toBe(0)
    expect(stdout).toContain('2 things would go, up to 3.5 GB')
    expect(listImages(cli)).toHaveLength(3)
  })

  test('removes what nobody needs and says why the rest stays', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['prune'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/registry\.test\/web@sha256:bbbbbbbb +1\.5 GB +no service and no kept release has it/)
    expect(stdout).toMatch(/postgres:16 +1\.5 GB +it has a tag/)
    expect(listImages(cli)).toEqual([digest('a'), digest('c')])
  })
})
