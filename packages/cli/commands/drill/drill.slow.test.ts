import type { Server } from '@atoll/server'
import { describe, expect, test } from 'vitest'
import { withoutEnvironment } from '../../servers/test-server.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const compose = (deploy: string): string => `name: shop
services:
  web: {image: web:1, deploy: ${deploy}}
`

const openShop = async (deploy = '{replicas: 3}'): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': compose(deploy) })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

/** The node is away from its strike on, until so long after it; `commands` is what was run there. */
const openServer = (
  cli: TestCli,
  { awayMs = 60_000, hasSystemd = true } = {},
): Server & { readonly commands: string[] } => {
  const commands: string[] = []
  const set = (state: 'down' | 'ready'): void => cli.engine.outsider.setNode('node-2', { state })
  return {
    name: 'root@second',
    commands,
    run: async (given) => {
      const argv = withoutEnvironment(given)
      commands.push(argv.join(' '))
      if (argv.at(-1)?.endsWith('/strike') === true && argv[0] === 'systemd-run') {
        set('down')
        void cli.stage.clock.wait(awayMs, new AbortController().signal).then(() => set('ready'))
      }
      return { status: argv[0] === 'test' && !hasSystemd ? 1 : 0, stdout: '', stderr: '' }
    },
    openSocket: async (path) => path,
    [Symbol.asyncDispose]: async () => {},
  }
}

describe('drill', () => {
  test('asks, makes the failure after its end is sure, and tells what came of it', async () => {
    using cli = await openShop()
    const server = openServer(cli)
    const { status, stdout, stderr } = await cli.run(['drill', 'node-2', '--kind', 'network'], {
      server,
      isTerminal: true,
      answer: true,
    })
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/^detected after +\d/m)
    expect(stdout).toMatch(/^back after +(1 min|\d\d s)/m)
    expect(stdout).toContain('all went as foreseen')
    const launched = server.commands.filter((line) => line.startsWith('systemd-run'))
    expect(launched.map((line) => line.split('/').at(-1))).toEqual(['put-back 91', 'strike'])
    expect((await cli.run(['drill', 'ls'])).stdout).toMatch(/^1 +node-2 +network /m)
    expect(await cli.run(['drill', 'node-2', '--kind', 'network', '--yes'], { server })).toMatchObject({ status: 0 })
    expect((await cli.run(['drill', 'show', '2'])).stdout).toMatch(/^detected after .* in drill 1\)$/m)
    expect(JSON.parse((await cli.run(['drill', 'show', '2', '--json'])).stdout)).toMatchObject({
      drill: { number: 2, by: 'ann@laptop', kind: 'network', foreseen: [] },
      last: { number: 1 },
    })
  })

  test('does nothing when nobody says yes', async () => {
    using cli = await openShop()
    const server = openServer(cli)
    expect(await cli.run(['drill', 'node-2'], { server, isTerminal: true, answer: false })).toMatchObject({ status: 1 })
    expect(await cli.run(['drill', 'node-2'], { server })).toMatchObject({ status: 2 })
    expect(server.commands).toEqual([])
    expect((await cli.run(['drill', 'ls'])).stdout).toContain('no drill is kept')
  })

  test('is refused when something would be missed, unless told, and while a node is away', async () => {
    using cli = await openShop('{replicas: 3, placement: {max_replicas_per_node: 1}}')
    const server = openServer(cli)
    const refused = await cli.run(['drill', 'node-2', '--yes'], { server })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('web 3 -> 2') as string })
    expect(server.commands).toEqual([])
    expect(await cli.run(['drill', 'node-2', '--yes', '--accept-loss'], { server })).toMatchObject({ status: 0 })
    cli.engine.outsider.setNode('node-3', { state: 'down' })
    const away = await cli.run(['drill', 'node-2', '--yes', '--accept-loss'], { server })
    expect(away).toMatchObject({ status: 1, stderr: expect.stringContaining('node-3 is away already') as string })
  })

  test('of the power is refused where nothing would boot the server, and is not kept', async () => {
    using cli = await openShop()
    const server = openServer(cli, { hasSystemd: false })
    const { status, stderr } = await cli.run(['drill', 'node-2', '--kind', 'power', '--yes'], { server })
    expect([status, stderr]).toEqual([1, expect.stringContaining('it has no systemd')])
    expect((await cli.run(['drill', 'ls'])).stdout).toContain('no drill is kept')
  })

  test('that does not end tells so, with status 1', async () => {
    using cli = await openShop()
    const server = openServer(cli, { awayMs: 3_600_000 })
    const { status, stdout } = await cli.run(['drill', 'node-2', '--yes'], { server })
    expect([status, stdout]).toEqual([1, expect.stringContaining('the node was not seen to be back')])
  })

  test('is proposed with its nodes, and helps', async () => {
    using cli = openTestCli()
    expect((await cli.run(['complete', '--', 'drill', 'node-2'])).stdout).toContain('node-2')
    expect((await cli.run(['drill', '--help'])).stdout).toContain('ls')
    const { status, stderr } = await cli.run(['drill', 'node-2', '--for', '5s'])
    expect([status, stderr]).toEqual([2, expect.stringContaining('between 30 seconds and 15 minutes')])
  })
})
