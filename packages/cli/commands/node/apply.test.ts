import { describe, expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'

// Nobody listens there, so ssh ends at once.
const nowhere = 'nodes: {node-1: {ssh: {destination: root@127.0.0.1, port: 1}}}'

describe('node apply', () => {
  test.each([
    [{}, [], 'server.yaml:1:1: error: there is no such file'],
    [{ 'server.yaml': 'all:\n  swap: {size: 1T}' }, [], 'server.yaml:2:10: all.swap.size: write it as 512M or 2G'],
    [
      { 'base.yaml': 'all: {paquets: {}}' },
      ['-f', 'base.yaml'],
      'base.yaml:1:7: all.paquets: there is no such key here',
    ],
    [{ 'server.yaml': 'all: {files: {/etc/a: {source: gone}}}' }, [], 'gone: there is no such file'],
    [{ 'server.yaml': nowhere }, ['node-7'], 'the nodes are node-1'],
  ])('refuses %j %j', async (files, words, wanted) => {
    using cli = openTestCli(files)
    const { status, stderr } = await cli.run(['node', 'apply', '--check', ...words])
    expect([status, stderr]).toEqual([2, expect.stringContaining(wanted)])
  })

  test('tells problems as data', async () => {
    using cli = openTestCli({ 'server.yaml': 'all: {swap: {size: 1T}}' })
    const { stdout } = await cli.run(['node', 'apply', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ problems: [{ line: 1, key: 'all.swap.size' }] })
  })

  test('a server that is not reached is a failure, with what to do', async () => {
    using cli = openTestCli({ 'server.yaml': nowhere })
    const { status, stdout } = await cli.run(['node', 'apply', '--check', '--json'], { isServed: true })
    expect(status).toBe(1)
    const said: unknown = JSON.parse(stdout)
    expect(said).toMatchObject({
      nodes: [
        { node: 'node-1', server: 'root@127.0.0.1', outcome: 'failed', error: { hint: expect.any(String) as string } },
      ],
    })
  })

  test('names of nodes are proposed', async () => {
    using cli = openTestCli()
    expect((await cli.run(['complete', '--', 'node', 'apply', 'node-2'], { isServed: true })).stdout).toContain(
      'node-2',
    )
  })
})
