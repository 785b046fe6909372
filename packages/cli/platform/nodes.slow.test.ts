import { expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'
import { openSignedIn } from './test-signed-in.ts'

const compose = 'name: shop\nservices: {web: {image: "web:1", deploy: {replicas: 3}}}\n'

/** Data apart from the order of its keys. */
const read = (printed: string): unknown => (/^[[{]/.test(printed) ? JSON.parse(printed) : printed)

test('nodes are shown behind a control as they are without one', { timeout: 60_000 }, async () => {
  using cli = openTestCli({ 'compose.yaml': compose, password: 'correct horse battery\n' })
  expect(await cli.run(['deploy'])).toMatchObject({ status: 0 })
  const lines = ['node ls', 'node ls --json', 'node show node-2', 'node show node-2 --json']
  const direct = new Map<string, string>()
  for (const line of lines) direct.set(line, (await cli.run(line.split(' '))).stdout)
  await using world = await openSignedIn(cli)
  for (const line of lines) expect(read(await world.say(line))).toEqual(read(direct.get(line) ?? ''))
  expect(await world.say('node show nowhere', { status: 1 })).toContain('the nodes are node-1, node-2, node-3')
})

test('nodes are labelled, demoted and promoted by way of a control, as it is said without one', async () => {
  using cli = openTestCli({ password: 'correct horse battery\n' })
  const lines = ['node label node-2 disk=ssd', 'node demote node-3', 'node promote node-3']
  const direct: string[] = []
  for (const line of lines) direct.push((await cli.run(line.split(' '))).stdout)
  await cli.run(['node', 'label', 'node-2', 'disk-'])
  await using world = await openSignedIn(cli)
  for (const [at, line] of lines.entries()) expect(await world.say(line)).toContain(direct[at])
  expect(cli.engine.world.nodes[1]?.labels).toEqual({ zone: 'b', disk: 'ssd' })
  expect(await world.say('node demote nowhere', { status: 1 })).toContain('the nodes are node-1, node-2, node-3')
})

test('a node is drained and resumed by way of a control, and a drain that is left goes on there', async () => {
  using cli = openTestCli({ password: 'correct horse battery\n' })
  const lines = ['node drain node-2 --force', 'node resume node-2']
  const direct: string[] = []
  for (const line of lines) direct.push((await cli.run(line.split(' '))).stdout)
  await using world = await openSignedIn(cli)
  for (const [at, line] of lines.entries()) expect(await world.say(line)).toContain(direct[at])
  const left = await cli.run(['node', 'drain', 'node-3'], { isServed: true, interruptAt: 'draining' })
  expect(left).toMatchObject({
    status: 130,
    stderr: expect.stringContaining('the drain of node-3 goes on in the cluster'),
  })
  expect(cli.engine.world.nodes.map(({ labels }) => 'atoll.drain' in labels)).toEqual([false, false, true])
  await world.say('node drain node-2 --force', { status: 0 })
  await world.say('node rm node-2')
  expect(cli.engine.world.nodes.map(({ name }) => name)).toEqual(['node-1', 'node-3'])
})

test('what the cluster does by itself is shown, and changed by an owner', async () => {
  using cli = openTestCli({ password: 'correct horse battery\n' })
  await using world = await openSignedIn(cli)
  expect(await world.say('settings')).toContain('proxies in front: none is believed')
  const proxies = '10.0.0.0/24,2001:db8::1'
  expect(await world.say(`settings --trusted-proxies ${proxies}`)).toContain('10.0.0.0/24, 2001:db8::1 are believed')
  expect(JSON.parse(await world.say('settings --json'))).toMatchObject({
    ingress: { trustedProxies: proxies.split(',') },
  })
  for (const bad of ['10.0.0.0/33', '0.0.0.0/0', 'shop.example.org', '10.0.0.1,', '10.0.0.1/8/8'])
    expect(await world.say(`settings --trusted-proxies ${bad}`, { status: 2 })).toContain(
      'is no address, and no network',
    )
  expect(await world.say('settings --proxy-protocol on')).toContain('and have to by the PROXY protocol')
  expect(await world.say('settings --trusted-proxies none', { status: 1 })).toContain('say --proxy-protocol off')
  expect(await world.say('settings --trusted-proxies none --proxy-protocol off')).toContain('none is believed')
  expect(await world.say('settings')).toContain('probes: during a deployment')
  expect(await world.say('settings --probes off')).toContain('probes: off')
  expect(await world.say('settings --probes on')).toContain('probes: during a deployment')
})
