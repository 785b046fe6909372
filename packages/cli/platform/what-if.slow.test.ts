import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { openSignedIn } from './test-signed-in.ts'

const compose = `name: shop
services:
  web:
    image: web:1
    deploy: {replicas: 3, placement: {max_replicas_per_node: 1}}
`

test('what-if says behind a control what it says without one', { timeout: 60_000 }, async () => {
  using cli = openTestCli({ 'compose.yaml': compose, password: 'correct horse battery\n' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  const words = ['what-if', '--lose', 'node-2', '--lose', 'node-3', '--app', 'shop/production']
  const direct = await cli.run(words)
  await using world = await openSignedIn(cli)
  expect(direct.stdout).toContain('web')
  expect(await world.say(words.join(' '), { status: 7 })).toBe(direct.stdout)
  expect(await world.say('what-if --lose nowhere', { status: 1 })).toContain('the nodes are node-1, node-2, node-3')
  expect(await world.say('what-if', { status: 7 })).toContain('survives: no, not without node-1')
  await world.invite('viewer:shop', 'bob')
  expect(await world.say('what-if', { status: 1 })).toContain('add --app APP')
  const alone = await world.say(words.join(' '), { status: 7 })
  expect(alone).toContain('other apps are left out of account')
  expect(alone).not.toContain('MEMORY NOT RESERVED')
})
