import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const shop = (routes = ''): string => `name: shop
services:
  web: {image: 'web:1', deploy: {replicas: 2}${routes}}
  db: {image: 'db:1'}
`

const open = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': shop() })
  expect((await cli.run(['deploy'])).status).toBe(0)
  return cli
}

const tasksOf = ({ engine }: TestCli): readonly string[] =>
  [...engine.world.services.values()].flatMap(({ tasks }) => tasks).map(({ id }) => id)

const add = (cli: TestCli, ...words: readonly string[]) => cli.run(['route', 'add', 'web', ...words])
const least = ['host=shop.example.org', 'port=8080']

test('a route is added and removed without touching a task, and what to do about the file is said', async () => {
  using cli = await open()
  const before = tasksOf(cli)
  const { status, stdout } = await add(cli, ...least)
  expect(status).toBe(0)
  expect(stdout).toContain('shop/production is at release 2')
  expect(stdout).toContain(`
Also write it under x-atoll in the compose file, or the next deploy takes it away:

services:
  web:
    x-atoll:
      routes:
        - host: shop.example.org
          port: 8080
`)
  expect((await cli.run(['releases'])).stdout).toMatch(/^2 ← .*add-route of 1: shop\.example\.org\/$/m)
  expect((await cli.run(['diff', '1', '2'])).stdout).toContain('route shop.example.org/: nothing → "web:8080"')
  const plan = await cli.run(['plan'])
  expect([plan.status, plan.stdout]).toEqual([3, expect.stringContaining('- route   web  shop.example.org/\n')])

  const removed = await cli.run(['route', 'rm', 'shop.example.org/'])
  expect(removed.status).toBe(0)
  expect(removed.stdout).toContain('is at release 3')
  expect(removed.stdout).toContain('Also take it out of the compose file, or the next deploy brings it back.\n')
  expect((await cli.run(['releases'])).stdout).toMatch(/^3 ← .*remove-route of 2: shop\.example\.org\/$/m)
  expect((await cli.run(['plan'])).status).toBe(0)
  expect(tasksOf(cli)).toEqual(before)
  expect((await cli.run(['rollback', '2'])).status).toBe(0)
  expect((await cli.run(['plan'])).status).toBe(3)
})

test('what is printed to paste is the route that runs, dollars and all', async () => {
  using cli = await open()
  const hash = `$5$salt$${'a'.repeat(43)}`
  const guards = [`basic_auth={users: {ann: '${hash}'}}`, 'path_regex=/u/[0-9]+', 'rate_limit={requests: 100, per: 1m}']
  const { stdout } = await add(cli, 'host=*.example.org', 'port=8080', ...guards)
  cli.write('pasted.yaml', stdout.slice(stdout.indexOf('services:')))
  const merged = ['-f', 'compose.yaml', '-f', 'pasted.yaml']
  expect(await cli.run(['plan', ...merged])).toMatchObject({ status: 0, stderr: '' })
  expect((await cli.run(['deploy', ...merged])).stdout).toContain('is at release 2')
})

test('one that is there just so is nothing to do; another in its place is refused', async () => {
  using cli = await open()
  await add(cli, ...least)
  const again = await add(cli, ...least)
  expect([again.status, again.stdout]).toEqual([
    0,
    'shop/production has the route shop.example.org/ already, just so\n',
  ])
  expect((await add(cli, ...least, '--json')).stdout).toBe('{"kind":"nothing-to-do"}\n')
  const other = await add(cli, 'host=shop.example.org', 'port=81')
  expect([other.status, other.stderr]).toEqual([
    1,
    expect.stringContaining('shop.example.org/ is a route of web already, with other settings\n  → remove that first'),
  ])
})

test('what is wrong with a route is told with its key, as of a file', async () => {
  using cli = await open()
  const { status, stdout, stderr } = await add(cli, 'port=808o', 'rate_limt={}')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('route.port: must be a whole number from 1 to 65535, not "808o"')
  expect(stderr).toContain('route.rate_limt: unknown key rate_limt')
  expect((await add(cli, 'port=80')).stderr).toContain('route: says no host\n  → add host: shop.example.org')
  const asData = await add(cli, 'port=80', '--json')
  expect(JSON.parse(asData.stdout)).toMatchObject({ problems: [{ key: 'route', message: 'says no host' }] })
  expect(await add(cli, 'host')).toMatchObject({ status: 2, stderr: expect.stringContaining('KEY=VALUE') })
  const nobody = await cli.run(['route', 'add', ...least])
  expect([nobody.status, nobody.stderr]).toEqual([2, expect.stringContaining('name the service first')])
  const unknown = await cli.run(['route', 'add', 'wbe', ...least])
  expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('its services are db, web')])
  expect((await cli.run(['releases'])).stdout).not.toContain('add-route')
})

test('with --json all events are data, and nothing is said besides', async () => {
  using cli = await open()
  const { stdout } = await add(cli, ...least, '--json')
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly kind: string })
  expect(events.find(({ kind }) => kind === 'plan')).toMatchObject({ actions: [] })
  expect(events.at(-1)).toMatchObject({
    kind: 'end',
    state: 'converged',
    receipt: { release: 2, author: 'ann@laptop' },
  })
})

test('a route that is not there is told with those that are, which are proposed too', async () => {
  using cli = await open()
  expect((await cli.run(['route', 'rm', 'a.example.org/'])).stderr).toContain('it has none at all')
  await add(cli, ...least)
  await add(cli, ...least, 'path_exact=/login')
  const { status, stderr } = await cli.run(['route', 'rm', 'none.example.org'])
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('its routes are shop.example.org = /login, shop.example.org/'),
  ])
  const proposed = await cli.run(['complete', '--', 'route', 'rm', 'shop'])
  expect(proposed.stdout.split('\n').map((line) => line.split('\t')[0])).toEqual([
    'shop.example.org = /login',
    'shop.example.org/',
    '',
  ])
  cli.write('compose.yaml', 'name: other\nservices: {web: {image: x}}\n')
  expect((await cli.run(['complete', '--', 'route', 'rm', 'shop'])).stdout).toBe('')
  expect((await cli.run(['route', 'rm', 'shop.example.org = /login', '--app', 'shop'])).status).toBe(0)
})
