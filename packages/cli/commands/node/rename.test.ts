import { expect, test } from 'vitest'
import { createTestServer, withoutEnvironment } from '../../servers/test-server.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

/** As long as those of an engine are. */
const ownId = 'secondnodesecondnodesecond'

/** The server of node-2, of which the managers hear a while after it is named. */
const openServer = (cli: TestCli, { nodeId = ownId, isHeard = true } = {}) => {
  Object.assign(cli.engine.world.nodes[1] ?? {}, { id: ownId })
  const server = createTestServer(
    { world: cli.engine.world, now: () => cli.stage.clock.now() },
    { nodeId, isInstalled: true, isRunning: true, hostname: 'node-2' },
  )
  return {
    ...server,
    run: async (argv: readonly string[], options?: Parameters<typeof server.run>[1]) => {
      const ran = await server.run(argv, options)
      const [program, name = ''] = withoutEnvironment(argv)
      if (program === 'hostname' && isHeard) void hear(cli, name)
      return ran
    },
  }
}

const hear = async (cli: TestCli, name: string): Promise<void> => {
  await cli.stage.clock.wait(20_000, new AbortController().signal)
  Object.assign(cli.engine.world.nodes[1] ?? {}, { name })
}

const namesOf = ({ engine }: TestCli) => engine.world.nodes.map(({ name }) => name)

test('names the server, and waits until the managers call the node so', async () => {
  using cli = openTestCli()
  const server = openServer(cli)
  const { status, stdout, stderr } = await cli.run(['node', 'rename', 'node-2', 'shelf-1'], { server })
  expect([status, stdout], stderr).toEqual([0, 'node-2 is shelf-1 now\n'])
  expect(namesOf(cli)).toEqual(['node-1', 'shelf-1', 'node-3'])
  expect(server.state.hostname).toBe('shelf-1')
  expect(server.state.commands.join('\n')).toContain('/etc/hostname')
  expect((await cli.run(['node', 'rename', 'shelf-1', 'shelf-1'])).stdout).toContain('called so already')
})

test.each<[string, readonly string[], string]>([
  ['another node has it', ['node-2', 'node-3'], 'there is a node of that name'],
  ['there is no such node', ['nowhere', 'shelf-1'], 'there is no such node'],
  ['it is no name', ['node-2', 'Shelf_1'], 'a name is lower case letters'],
])('is refused when %s', async (_why, words, said) => {
  using cli = openTestCli()
  const { status, stderr } = await cli.run(['node', 'rename', ...words])
  expect([status === 0, stderr]).toEqual([false, expect.stringContaining(said)])
})

test('is refused while a service is held there by its name, while it is away, and of another server', async () => {
  const deploy = '{placement: {constraints: ["node.hostname==node-2"]}}'
  using cli = openTestCli({ 'compose.yaml': `name: shop\nservices:\n  web: {image: web:1, deploy: ${deploy}}\n` })
  const ask = (given = {}) => cli.run(['node', 'rename', 'node-2', 'shelf-1'], { server: openServer(cli, given) })
  expect(await ask({ nodeId: 'thirdnodethirdnodethirdnode' })).toMatchObject({
    stderr: expect.stringContaining('is another node') as string,
  })
  expect(await ask({ isHeard: false })).toMatchObject({ stderr: expect.stringContaining('restart Docker') as string })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  expect(await ask()).toMatchObject({ status: 1, stderr: expect.stringContaining('web may run by its name') as string })
  cli.engine.outsider.setNode('node-2', { state: 'down' })
  expect(await ask()).toMatchObject({ status: 1, stderr: expect.stringContaining('it is down') as string })
})
