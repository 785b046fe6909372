import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { LeftManager, Recovery } from '@atoll/engine/swarm'
import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

/** node-1 of three managers, of which the others are lost; begins anew when it is told to. */
const createLeft = (cli: TestCli, over: Partial<LeftManager> = {}) => {
  let hasQuorum = over.hasQuorum ?? false
  const asked: string[] = []
  const recovery: Recovery = {
    name: 'ssh://root@node-1',
    look: async () => ({
      name: 'node-1',
      nodeId: 'node1id',
      address: '10.0.0.1',
      role: 'manager',
      others: [
        { nodeId: 'node2id', address: '127.0.0.1:1' },
        { nodeId: 'node3id', address: '127.0.0.1:1' },
      ],
      tasks: 2,
      ...over,
      hasQuorum,
    }),
    beginAnew: async () => {
      asked.push('begin anew')
      hasQuorum = true
      for (const name of ['node-2', 'node-3']) cli.engine.outsider.setNode(name, { state: 'down', isManager: false })
    },
    workerToken: async () => 'token',
    joinAnew: async ({ manager, token }) => void asked.push(`join ${manager} ${token}`),
    [Symbol.asyncDispose]: async () => {},
  }
  return { recovery, asked }
}

test('recover says what is safe and what may be lost, asks, and tells what is next', async () => {
  using cli = openTestCli({ 'compose.yaml': 'name: shop\nservices: {web: {image: "web:1"}}\n' })
  await cli.run(['deploy'])
  const { recovery, asked } = createLeft(cli)
  const options = { recoveries: [recovery], isTerminal: true }
  const left = await cli.run(['recover'], { ...options, answer: false })
  expect(left).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing was changed') })
  expect(left.stderr).toContain('silent   the manager at 127.0.0.1:1')
  expect(left.stderr).toContain('May be lost: what was changed in the last moments')
  expect(asked).toEqual([])
  const { status, stdout, stderr } = await cli.run(['recover'], { ...options, answer: true })
  expect(status, stderr).toBe(0)
  expect(stdout).toContain('node-1 leads again: 1 of 3 nodes are ready, the documents of 1 environment are there')
  expect(stdout).toContain('away: node-2, node-3')
  expect(asked).toEqual(['begin anew'])
})

test('recover is refused where there is nothing to recover, nobody to ask, no manager, or another that answers', async () => {
  using cli = openTestCli()
  const run = (over: Partial<LeftManager>, ...flags: string[]) => {
    const { recovery, asked } = createLeft(cli, over)
    return cli.run(['recover', ...flags], { recoveries: [recovery] }).then((result) => ({ ...result, asked }))
  }
  expect((await run({ hasQuorum: true }, '--yes')).stderr).toContain('the managers of node-1 work together')
  expect(await run({})).toMatchObject({ status: 2, stderr: expect.stringContaining('nobody is here to be asked') })
  expect((await run({ role: 'worker' }, '--yes')).stderr).toContain('ssh://root@node-1 is a worker')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const others = [
    { nodeId: 'node2id', address },
    { nodeId: 'node3id', address: '127.0.0.1:1' },
  ]
  const refused = await run({ others }, '--yes')
  expect(refused).toMatchObject({ status: 1, asked: [] })
  expect(refused.stderr).toContain(`1 of 2 other managers answer: ${address}`)
  expect(await run({ others }, '--yes', '--force')).toMatchObject({ status: 0, asked: ['begin anew'] })
  server.close()
})
