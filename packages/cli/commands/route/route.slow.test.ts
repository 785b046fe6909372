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

test('a route is added and removed by the platform, not where somebody has it, and not by who may only look', async () => {
  using cli = openTestCli({ password: 'correct horse battery' })
  await using world = await openSignedIn(cli)
  await route(cli, 'shop', '/')
  await route(cli, 'rival', '/rival')
  const taken = await world.say('route add web host=shop.example.org path=/rival port=80 --app shop', { status: 2 })
  expect(taken).toContain('route: shop.example.org/rival is a route of web in rival/production and of web in shop')
  const wrong = await world.say('route add web host=shop.example.org --app shop', { status: 2 })
  expect(wrong).toContain('route: says no port')
  expect(await world.say('complete -- route rm shop')).toContain('shop.example.org/rival\t')
  expect(await world.say('route rm shop.example.org/x --app shop', { status: 1 })).toContain('shop.example.org/\n')

  await world.invite('viewer:shop', 'eve')
  await world.say('route rm shop.example.org/ --app shop', { status: 1 })
  expect(await world.say('route ls')).toContain('shop.example.org/')
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
