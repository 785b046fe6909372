import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { openSignedIn } from './test-signed-in.ts'

const compose = 'name: shop\nservices: {web: {image: "web:1", deploy: {replicas: 3}}}\n'

test('nodes are shown behind a control as they are without one', { timeout: 60_000 }, async () => {
  using cli = openTestCli({ 'compose.yaml': compose, password: 'correct horse battery\n' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  const lines = ['node ls', 'node ls --json', 'node show node-2', 'node show node-2 --json']
  const direct = new Map<string, string>()
  for (const line of lines) direct.set(line, (await cli.run(line.split(' '))).stdout)
  await using world = await openSignedIn(cli)
  for (const line of lines) expect(await world.say(line, { status: 0 })).toBe(direct.get(line))
  expect(await world.say('node show nowhere', { status: 1 })).toContain('the nodes are node-1, node-2, node-3')
})
