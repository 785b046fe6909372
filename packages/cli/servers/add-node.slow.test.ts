import { expect, test } from 'vitest'
import { openSignedIn } from '../platform/test-signed-in.ts'
import { openTestCli } from '../test-cli.ts'
import { tellProof } from './test-proof.ts'
import { createTestServer } from './test-server.ts'

const names = ['node-1', 'node-2', 'node-3', 'node-4']
const lines = tellProof(names)

const open = async () => {
  const cli = openTestCli({ password: 'correct horse battery\n' })
  cli.engine.world.images.set('lab/node:1', { run: { kind: 'serves', lines } })
  const server = createTestServer({ world: cli.engine.world, now: () => cli.stage.clock.now() })
  const signedIn = await openSignedIn(cli)
  // The control waits by the clock of the stage.
  const flow = setInterval(() => {
    cli.engine.tick(250)
    cli.stage.clock.ring()
  }, 5)
  const add = (...words: readonly string[]) =>
    cli.run(['node', 'add', 'root@fourth', '--image', 'lab/node:1', ...words], { server, isServed: true })
  return {
    ...signedIn,
    cli,
    add,
    [Symbol.asyncDispose]: async () => {
      clearInterval(flow)
      await signedIn[Symbol.asyncDispose]()
      cli[Symbol.dispose]()
    },
  }
}

test('a server is added by way of a control as it is without one', async () => {
  await using world = await open()
  const { cli, add, say } = world
  const { status, stdout, stderr } = await add('--zone', 'd', '--manager')
  expect(status, stderr).toBe(0)
  expect(stdout).toContain('✓ node-4 is a node (manager, zone d, 10.0.0.4); proven with node-1, node-2, node-3\n')
  expect(cli.engine.world.nodes.at(-1)).toMatchObject({ name: 'node-4', isManager: true, labels: { zone: 'd' } })
  expect([...cli.engine.world.services.keys()]).toEqual([])
  const audit = await say('audit')
  expect(audit).toContain('admitServer')
  expect(audit).not.toContain('SWMTKN')
  expect((await add('--json')).stdout).toContain('"isJoined":false')
})

test('who is no owner adds none, and the server is left as it was', async () => {
  await using world = await open()
  await world.invite('maintainer', 'max')
  const { status, stderr } = await world.add()
  expect([status, stderr]).toEqual([1, expect.stringContaining('owner')])
  expect(world.cli.engine.world.nodes).toHaveLength(3)
})
