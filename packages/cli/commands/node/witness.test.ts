import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const compose = `name: shop
services:
  web: {image: web:1, deploy: {replicas: 3}}
`

const openShop = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': compose })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

const find = ({ engine }: TestCli, name: string) => engine.world.nodes.find((node) => node.name === name)

test('a witness is empty before, runs nothing of what is deployed after, and is told as what it is', async () => {
  using cli = await openShop()
  const early = await cli.run(['node', 'witness', 'node-3'])
  expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining('atoll node drain node-3') as string })
  expect(find(cli, 'node-3')).toMatchObject({ availability: 'active', labels: { zone: 'c' } })
  expect(await cli.run(['node', 'drain', 'node-3'])).toMatchObject({ status: 0 })
  const made = await cli.run(['node', 'witness', 'node-3'])
  expect(made, made.stderr).toMatchObject({ status: 0, stdout: 'node-3 is a witness: it votes and runs nothing\n' })
  expect(find(cli, 'node-3')).toMatchObject({
    availability: 'drain',
    isManager: true,
    labels: { zone: 'c', 'atoll.witness': 'true' },
  })
  cli.write('compose.yaml', compose.replace('replicas: 3', 'replicas: 6'))
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  expect((await cli.run(['node', 'ls'])).stdout).toMatch(/^node-3 +c +manager +ready, a witness: .* 0 +/m)
  expect((await cli.run(['status'])).stdout).not.toContain('node-3')
  expect((await cli.run(['what-if'])).stdout).toMatch(/^node-3 .*2\/3 +yes$/m)
})

test('it is neither drained nor resumed, and a node as any other when that is said', async () => {
  using cli = await openShop()
  await cli.run(['node', 'drain', 'node-3'])
  await cli.run(['node', 'witness', 'node-3'])
  expect((await cli.run(['node', 'witness', 'node-3'])).stdout).toContain('is a witness already')
  for (const verb of ['drain', 'resume']) {
    const { status, stderr } = await cli.run(['node', verb, 'node-3'])
    expect([status, stderr]).toEqual([1, expect.stringContaining('it is a witness')])
  }
  const { stdout } = await cli.run(['node', 'witness', 'node-3', '--off', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ node: 'node-3', isWitness: false, isChanged: true })
  expect(find(cli, 'node-3')).toMatchObject({ availability: 'active', labels: { zone: 'c' } })
})

test('a worker becomes a manager, and of the last node that takes tasks none is made', async () => {
  using cli = openTestCli()
  cli.engine.outsider.setNode('node-3', { isManager: false })
  expect(await cli.run(['node', 'witness', 'node-3'])).toMatchObject({ status: 0 })
  expect(find(cli, 'node-3')).toMatchObject({ isManager: true, availability: 'drain' })
  expect((await cli.run(['node', 'demote', 'node-3'])).stdout).toContain('neither votes nor runs anything')
  cli.engine.outsider.setNode('node-1', { availability: 'pause' })
  const { status, stderr } = await cli.run(['node', 'witness', 'node-2'])
  expect([status, stderr]).toEqual([1, expect.stringContaining('no other node takes tasks')])
})
