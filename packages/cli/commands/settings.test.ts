import { listAudit } from '@atoll/control/audit'
import type { Release } from '@atoll/deploy'
import { expect, test } from 'vitest'
import { installOn } from '../system/test-installed.ts'
import { openTestCli } from '../test-cli.ts'
import type { TestCli } from '../test-cli.ts'

const open = async (): Promise<TestCli> => {
  const cli = openTestCli({ 'compose.yaml': shop('') })
  const { controls } = await installOn(cli.stage)
  controls.close()
  return cli
}

const shop = (routes: string): string =>
  `name: shop\nservices:\n  db: {image: 'db:1', x-atoll: {routes: [${routes}]}}\n`
const tcp = '{protocol: tcp, listen: 5432, port: 5432}'

const setPorts = (cli: TestCli, ports: string, ...more: readonly string[]) =>
  cli.run(['settings', '--stream-ports', ports, ...more])

const streamsOf = ({ engine }: TestCli) => engine.world.services.get('atoll_system_streams')

const tasksOf = ({ engine }: TestCli, ...names: readonly string[]): readonly string[] =>
  names.flatMap((name) => (engine.world.services.get(`atoll_system_${name}`)?.tasks ?? []).map(({ id }) => id))

test('ports are opened and closed by a service of their own, and no other program of the platform feels it', async () => {
  using cli = await open()
  const others = ['agent', 'control', 'ingress']
  const before = tasksOf(cli, ...others)
  expect(before.length).toBeGreaterThan(0)
  expect(streamsOf(cli)).toBeUndefined()
  const { status, stdout } = await setPorts(cli, '6379,5432')
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringContaining('stream ports: 5432, 6379 of every node are for routes of tcp and tls\n'),
  })
  expect(streamsOf(cli)?.definition?.ports).toEqual(
    [5432, 6379].map((port) => ({ target: port, published: port, protocol: 'tcp', mode: 'host' })),
  )
  expect(tasksOf(cli, 'streams')).toHaveLength(3)
  expect((await setPorts(cli, '5432,6379')).stdout).toBe(
    'stream ports: 5432, 6379 of every node are for routes of tcp and tls\n',
  )
  expect((await setPorts(cli, 'none')).stdout).toContain('stream ports: none')
  expect(streamsOf(cli)).toBeUndefined()
  expect(tasksOf(cli, ...others)).toEqual(before)
  const audit = await listAudit(cli, new AbortController().signal)
  expect(audit).toMatchObject([
    { action: 'changeStreamPorts', by: 'ann@laptop', before: [5432, 6379], after: [] },
    { action: 'changeStreamPorts', by: 'ann@laptop', before: [], after: [5432, 6379] },
  ])
})

test('ports that cannot be are refused with the reason, and nothing is changed', async () => {
  using cli = await open()
  const { status, stderr } = await setPorts(cli, '22,80,5432')
  expect(status).toBe(1)
  expect(stderr).toContain('22 is that of ssh; 80 is that of requests; nothing was changed')
  expect(streamsOf(cli)).toBeUndefined()
  cli.write('compose.yaml', "name: shop\nservices:\n  db: {image: 'db:1', ports: ['5432:5432']}\n")
  await cli.run(['deploy'])
  expect((await setPorts(cli, '5432')).stderr).toContain('5432 is published by db of shop/production')
})

test('a port that a route needs stays open until the route is gone', async () => {
  using cli = await open()
  await setPorts(cli, '5432,6379')
  cli.write('compose.yaml', shop(tcp))
  expect((await cli.run(['deploy'])).status).toBe(0)
  const refused = await setPorts(cli, '6379')
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('5432 is needed by the route tcp port 5432 of db in shop/production'),
  })
  expect(refused.stderr).toContain('atoll route rm')
  expect((await setPorts(cli, '5432')).status).toBe(0)
  expect((await cli.run(['route', 'rm', 'tcp port 5432'])).status).toBe(0)
  expect((await setPorts(cli, 'none')).status).toBe(0)
})

test('in direct mode a route whose port is closed is a warning that says how it is opened', async () => {
  using cli = await open()
  cli.write('compose.yaml', shop(tcp))
  const closed = await cli.run(['plan'])
  expect(closed.stdout + closed.stderr).toContain('port 5432 of the nodes is not open for streams')
  expect(closed.stdout + closed.stderr).toContain('atoll settings --stream-ports 5432')
  await setPorts(cli, '5432')
  const opened = await cli.run(['plan'])
  expect(opened.stdout + opened.stderr).not.toContain('not open for streams')
})

test('a platform that is not there, or whose agents know of none, is told with what to do', async () => {
  using bare = openTestCli()
  expect((await setPorts(bare, '5432')).stderr).toContain('the platform is not installed here\n  → run "atoll init"')
  using cli = await open()
  const place = ['release', 'atoll.system.1'] as const
  const { signal } = new AbortController()
  const found = await cli.documents.find<Release>(...place, signal)
  const services = found?.value.app.services.map((service) => ({ ...service, environment: {} })) ?? []
  const value = { ...found?.value, app: { ...found?.value.app, services } }
  await cli.documents.put(...place, { expected: found?.revision ?? 0, value }, signal)
  expect((await setPorts(cli, '5432')).stderr).toContain('run "atoll upgrade"')
})

test.each([
  ['x', '"x" is no port'],
  ['70000', '"70000" is no port'],
  ['5432,', '"" is no port'],
])('--stream-ports %s is refused as it is typed', async (ports, message) => {
  using cli = openTestCli()
  expect(await setPorts(cli, ports)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
})

test('they are set alone, and engines are for them alone', async () => {
  using cli = openTestCli()
  expect(await setPorts(cli, '5432', '--probes', 'off')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is set alone'),
  })
  expect(await cli.run(['settings', '--engine', 'ssh://root@node-1'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--engine is for --stream-ports'),
  })
})
