import { expect, test } from 'vitest'
import { openSignedIn } from '../../platform/test-signed-in.ts'
import { openTestCli } from '../../test-cli.ts'
import type { TestCli } from '../../test-cli.ts'

const { signal } = new AbortController()

/** An environment whose current release has a route for this host and path. */
const route = async ({ documents }: TestCli, app: string, path: string): Promise<void> => {
  const match = { host: 'shop.example.org', path: { kind: 'prefix', path }, methods: [], headers: {}, query: {} }
  const routes = [{ kind: 'http', service: 'web', match, targets: [{ service: 'web', port: 80, weight: 1 }] }]
  const services = [{ name: 'web', engineName: `${app}_web`, mode: { kind: 'replicated', replicas: 2 } }]
  const released = { name: app, environment: 'production', services, routes }
  const environment = { current: 1, lastRelease: 1, lastDeployment: 1 }
  await documents.put('environment', `${app}.production`, { expected: 0, value: environment }, signal)
  await documents.put('release', `${app}.production.1`, { expected: 0, value: { number: 1, app: released } }, signal)
}

const compose = (app: string, path: string): string =>
  `name: ${app}\nservices: {web: {image: web, x-atoll: {routes: [{host: shop.example.org, path: ${path}, port: 80}]}}}\n`

/** Lets the time of the cluster pass while a command waits for it. */
const whilePassing = async <T>({ stage }: TestCli, work: Promise<T>): Promise<T> => {
  const state = { isDone: false }
  const mark = (): void => void (state.isDone = true)
  work.then(mark, mark)
  while (!state.isDone) await stage.pass(10)
  return work
}

test('a route is added and removed by the platform, not where somebody has it, and not by who may only look', async () => {
  const files = { 'compose.yaml': compose('shop', '/'), 'rival.yaml': compose('rival', '/rival') }
  using cli = openTestCli({ password: 'correct horse battery', ...files })
  await using world = await openSignedIn(cli)
  const say = (line: string, saying: Parameters<typeof world.say>[1] = {}) => whilePassing(cli, world.say(line, saying))
  await say('deploy')
  await say('deploy -f rival.yaml')
  const added = await say('route add web host=shop.example.org path=/api port=80')
  expect(added).toContain('shop/production is at release 2')
  expect(added).toContain('        - host: shop.example.org\n          path: /api\n          port: 80\n')
  expect(await say('route ls')).toContain('shop.example.org/api')
  expect(await say('plan', { status: 3 })).toContain('- route   web  shop.example.org/api\n')
  expect(await say('diff 1 2')).toContain('route shop.example.org/api: nothing → "web:80"')
  expect(await say('route add web host=shop.example.org path=/api port=80')).toContain('already, just so')

  const taken = await say('route add web host=shop.example.org path=/rival port=80', { status: 2 })
  expect(taken).toContain('route: shop.example.org/rival is a route of web in rival/production and of web in shop')
  expect(await say('route add web host=shop.example.org', { status: 2 })).toContain('route: says no port')
  expect(await say('complete -- route rm shop')).toMatch(/^shop\.example\.org\/\t.*\nshop\.example\.org\/api\t.*\n$/)
  const unknown = await say('route rm shop.example.org/x', { status: 1 })
  expect(unknown).toContain('its routes are shop.example.org/api, shop.example.org/')
  expect(await say('route rm shop.example.org/api')).toContain('is at release 3')
  expect(await say('plan')).toContain('nothing to do')

  await world.invite('viewer:shop', 'eve')
  await say('route rm shop.example.org/', { status: 1 })
  expect(await say('route ls')).toContain('shop.example.org/')
})

test('a request is tested against the routes of all apps, as the platform has them', async () => {
  using cli = openTestCli({
    password: 'correct horse battery',
    'compose.yaml': 'name: here\nservices: {web: {image: web, x-atoll: {routes: [{host: a.example.org, port: 80}]}}}\n',
  })
  await using world = await openSignedIn(cli)
  await route(cli, 'shop', '/')
  await route(cli, 'rival', '/rival')
  const said = await world.say('route test shop.example.org/rival/x')
  expect(said).toContain(
    'GET shop.example.org/rival/x: shop.example.org/rival of web in rival/production, 0/2 tasks answering\n',
  )
  expect(said).toContain('fits, and shop.example.org/rival is more specific')
  expect(await world.say('route test shop.example.org/rival --app shop/production')).toContain('web in shop/production')
  expect(await world.say('route test a.example.org', { status: 1 })).toContain('no route answers')
  expect(await world.say('route test a.example.org -f compose.yaml')).toContain('web in here/production')

  await world.invite('viewer:shop', 'eve')
  expect(await world.say('route test shop.example.org/rival')).toContain(
    'a route of an app that you may not see answers',
  )
})
