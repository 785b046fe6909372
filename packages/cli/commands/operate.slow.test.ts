import { describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const shop = `
name: shop
services:
  web:
    image: web:1
    command: [sh, -c, 'echo ready; serve']
    deploy: {replicas: 2}
    environment: {DB_PASSWORD: hunter2}
  db:
    image: db:1
    volumes: [data:/data]
volumes:
  data:
`

const openShop = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': shop })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  return cli
}

/** Names of an app also work where no compose file is: every command that takes one is tried both ways. */
const readJson = async (cli: TestCli, words: readonly string[]): Promise<unknown> => {
  const { status, stdout } = await cli.run([...words, '--json'])
  expect(status).toBe(0)
  return JSON.parse(stdout)
}

describe('looking', () => {
  test('ls', async () => {
    using cli = await openShop()
    expect((await cli.run(['ls'])).stdout).toMatch(/^shop +production +1 +2\/2 +3\/3$/m)
  })

  test('status says what runs where', async () => {
    using cli = await openShop()
    const { status, stdout } = await cli.run(['status'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^web +2\/2 +good/m)
    expect(stdout).toMatch(/^ {2}web\.1 +running +node-\d/m)
    expect(stdout).toMatch(/^shop_production_data +node-\d/m)
    expect(await readJson(cli, ['status', 'shop/production'])).toMatchObject({ release: { number: 1 } })
  })

  test('status of what is not there is a failure that says what is', async () => {
    using cli = openTestCli()
    expect(await cli.run(['status', 'nope'])).toMatchObject({ status: 1, stderr: expect.stringContaining('atoll ls') })
  })

  test('status says which node’s loss keeps a service from running', async () => {
    using cli = await openShop()
    const place = cli.engine.world.places.get('shop_production_data')
    const node = cli.engine.world.nodes.find(({ id }) => id === place?.nodeId)
    if (node) node.state = 'down'
    const { stdout } = await cli.run(['status'])
    expect(stdout).toContain(`node ${node?.name} is down`)
    expect(stdout).toContain('is not there: its services wait for it')
  })

  test('receipt', async () => {
    using cli = await openShop()
    const { stdout } = await cli.run(['receipt'])
    expect(stdout).toMatch(/^shop\/production {2}deployment 1 {2}converged/)
    expect(stdout).toContain('monitor')
    expect(await readJson(cli, ['receipt', '1', '--app', 'shop'])).toMatchObject({ deployment: 1, state: 'converged' })
    expect(await cli.run(['receipt', '9'])).toMatchObject({ status: 1, stderr: expect.stringContaining('receipt 9') })
    expect((await cli.run(['receipt', 'nine'])).status).toBe(2)
  })

  test('logs, merged and with their node', async () => {
    using cli = await openShop()
    const { stdout } = await cli.run(['logs', 'web'])
    expect(stdout).toMatch(/^web\.1 node-\d │ ready$/m)
    expect(stdout).toMatch(/^web\.2 node-\d │ ready$/m)
    const last = await cli.run(['logs', 'web', '--tail', '1'])
    expect(last.stdout.match(/^web\.\d/gm)?.sort()).toEqual(['web.1', 'web.2'])
    expect((await cli.run(['logs', '--since', 'yesterday'])).status).toBe(2)
    for (const more of [[], ['--follow']]) {
      const nowhere = await cli.run(['logs', '--app', 'nope', ...more])
      expect(nowhere).toMatchObject({ status: 1, stderr: expect.stringContaining('nothing of it is here') })
    }
  })

  test('exec ends with the status of its command', async () => {
    using cli = await openShop()
    expect((await cli.run(['exec', 'web', '--', 'sh', '-c', 'exit 7'])).status).toBe(7)
    expect(await cli.run(['exec', 'web.9', '--', 'true'])).toMatchObject({ status: 1 })
    const absent = await cli.run(['exec', 'nope', '--', 'true'])
    expect(absent).toMatchObject({ status: 1, stderr: expect.stringContaining('its services are db, web') })
  })

  test('volume ls', async () => {
    using cli = await openShop()
    expect((await cli.run(['volume', 'ls'])).stdout).toMatch(/^shop_production_data +node-\d +\d/m)
  })

  test('doctor', async () => {
    using cli = openTestCli()
    expect(await cli.run(['doctor'])).toMatchObject({ status: 0, stdout: expect.stringContaining('API 1.41') })
  })

  test('an engine that does not answer is a failure with its reason, as data too', async () => {
    using cli = openTestCli()
    cli.engine.world.failure = 'no-quorum'
    const { status, stdout, stderr } = await cli.run(['doctor', '--json'])
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'no-quorum' } })
    expect(stderr).toMatch(/^error: /)
  })
})

describe('--json', () => {
  const words = ['ls', 'status', 'releases', 'receipt', 'diff 1 2', 'plan', 'doctor', 'volume ls']

  test.each(words)('of %s is one document and nothing else, also of a failure', async (line) => {
    using cli = await openShop()
    await cli.run(['restart', 'web'])
    // What the files are warned of belongs to standard error.
    cli.write('compose.yaml', shop.replace('image: db:1', 'image: db:1\n    container_name: database'))
    const { status, stdout, stderr } = await cli.run([...line.split(' '), '--json'])
    expect([0, 3], stderr).toContain(status)
    expect(JSON.parse(stdout)).toBeTypeOf('object')
    cli.engine.world.failure = 'unreachable'
    const failed = await cli.run([...line.split(' '), '--json'])
    expect(JSON.parse(failed.stdout)).toBeTypeOf('object')
  })
})

describe('changing', () => {
  test('scale and restart make releases; releases, diff and rollback know them', async () => {
    using cli = await openShop()
    expect((await cli.run(['scale', 'web=3'])).stdout).toContain('release 2, 4 tasks')
    expect((await cli.run(['restart', 'web'])).status).toBe(0)
    const { stdout } = await cli.run(['releases'])
    expect(stdout).toMatch(/^3 ← .*restart of 2: web$/m)
    expect(stdout).toMatch(/^2 .*scale of 1: web=3$/m)
    expect((await cli.run(['diff', '1', '2'])).stdout).toMatch(/~ web\n +mode\.replicas: 2 → 3/)
    expect((await cli.run(['rollback', '1'])).status).toBe(0)
    expect((await cli.run(['ls'])).stdout).toMatch(/^shop +production +1 +2\/2 +3\/3$/m)
  })

  test('scale of what cannot be', async () => {
    using cli = await openShop()
    expect(await cli.run(['scale', 'nope=3'])).toMatchObject({ status: 1, stderr: expect.stringContaining('db, web') })
    expect((await cli.run(['scale', 'web'])).status).toBe(2)
  })

  test('a diff shows that a secret changed, not what to', async () => {
    using cli = await openShop()
    cli.write('compose.yaml', shop.replace('hunter2', 'hunter3'))
    await cli.run(['deploy'])
    const text = await cli.run(['diff', '1', '2'])
    expect(text.stdout).toContain('environment.DB_PASSWORD')
    expect(text.stdout + (await cli.run(['diff', '1', '2', '--json'])).stdout).not.toContain('hunter')
  })

  test('volume move', async () => {
    using cli = await openShop()
    const place = cli.engine.world.places.get('shop_production_data')
    const target = place?.nodeName === 'node-3' ? 'node-2' : 'node-3'
    expect((await cli.run(['volume', 'move', 'data', '--to', target])).status).toBe(0)
    expect((await cli.run(['volume', 'ls'])).stdout).toContain(target)
  })

  test('resume without a deployment says so', async () => {
    using cli = await openShop()
    expect(await cli.run(['resume'])).toMatchObject({ status: 1, stderr: expect.stringContaining('no deployment') })
    expect((await cli.run(['resume', '--handed-over'])).status).toBe(2)
  })
})

describe('rm', () => {
  test('asks, and no means no', async () => {
    using cli = await openShop()
    const refused = await cli.run(['rm'], { isTerminal: true, answer: false })
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('shop_production_web') })
    expect(cli.engine.world.services.size).toBe(2)
  })

  test('with nobody to ask it needs --yes', async () => {
    using cli = await openShop()
    expect(await cli.run(['rm'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') })
  })

  test('keeps volumes unless told', async () => {
    using cli = await openShop()
    const removed = await cli.run(['rm'], { isTerminal: true, answer: true })
    expect(removed).toMatchObject({ status: 0, stdout: expect.stringContaining('is removed') })
    expect([cli.engine.world.services.size, cli.engine.world.volumes.length]).toEqual([0, 1])
    expect((await cli.run(['rm', 'shop', '--volumes', '--yes'])).status).toBe(0)
    expect(cli.engine.world.volumes).toEqual([])
  })
})
