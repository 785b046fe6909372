import { expect, it } from 'vitest'
import { openDirectory } from './directory.ts'
import { openNodeEngine } from './node-engine.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import { frame } from './scripted-logs.ts'

const live = new AbortController().signal
const inNetwork = (Name: string, Addresses: readonly string[]) => ({ Network: { Spec: { Name } }, Addresses })

it('a worker tells of its own containers without asking the Swarm', async () => {
  const labels = { 'com.docker.swarm.task.id': 't1', 'com.docker.swarm.service.name': 'shop_test_web' }
  await using engine = await openScriptedEngine(({ url = '' }, response) => {
    if (url.includes('/containers/json'))
      reply(response, 200, decodeURIComponent(url).includes('task.id=t1"') ? [{ Id: 'c1', Labels: labels }] : [])
    else if (url.includes('/containers/c1/json')) {
      const Health = { Log: [{ Start: '2026-01-01T00:00:00Z', ExitCode: 1, Output: 'no answer' }] }
      reply(response, 200, { Id: 'c1', State: { Status: 'running', ExitCode: 0, OOMKilled: false, Error: '', Health } })
    } else reply(response, 503, { message: 'This node is not a swarm manager.' })
  })
  await using node = openNodeEngine(engine.endpoint, Date.now)
  expect(await node.findService('t1', live)).toBe('shop_test_web')
  expect(await node.findService('t', live)).toBeUndefined()
  expect((await node.inspectTask('t1', live)).health).toMatchObject([{ exitCode: 1, output: 'no answer' }])
  const program = { taskId: 't2', argv: ['x'], environment: {}, stdout: () => undefined, stderr: () => undefined }
  await expect(node.exec(program, live)).rejects.toMatchObject({ code: 'not-found' })
})

it.each([
  ['with a terminal', true, Buffer.from('2026-01-01T00:00:01Z here\r\n2026-01-01T00:00:02Z \r\n')],
  ['without', false, Buffer.concat([frame(1, '2026-01-01T00:00:01Z here\n'), frame(2, '2026-01-01T00:00:02Z \n')])],
])('a worker tells what a container of its own has logged, %s', async (_how, Tty, output) => {
  await using engine = await openScriptedEngine(({ url = '' }, response) => {
    if (url.includes('/containers/json')) reply(response, 200, url.includes('id%3Dt1%22') ? [{ Id: 'c1' }] : [])
    else if (url.includes('/containers/c1/logs?')) response.end(output)
    else reply(response, 200, { Config: { Tty } })
  })
  await using node = openNodeEngine(engine.endpoint, Date.now)
  const atMs = Date.parse('2026-01-01T00:00:01Z')
  expect(await Array.fromAsync(node.readLog({ taskId: 't1', follow: false }, live))).toEqual([
    { stream: 'stdout', atMs, text: 'here' },
    { stream: Tty ? 'stdout' : 'stderr', atMs: atMs + 1_000, text: '' },
  ])
  const absent = Array.fromAsync(node.readLog({ taskId: 't2', follow: false }, live))
  await expect(absent).rejects.toMatchObject({ code: 'not-found' })
})

it('a manager tells where the tasks of a service that have a container are in one network', async () => {
  const task = (NodeID: string, State: string, attached: readonly object[]) => ({
    NodeID,
    Status: { State },
    NetworksAttachments: attached,
  })
  const here = [inNetwork('ingress', ['10.0.0.9/24']), inNetwork('atoll-system', ['10.0.1.5/24'])]
  const tasks = [
    task('n1', 'running', here),
    task('n2', 'starting', here),
    task('n3', 'running', []),
    task('n4', 'preparing', here),
  ]
  await using engine = await openScriptedEngine((_request, response) => reply(response, 200, tasks))
  await using directory = openDirectory(engine.endpoint)
  expect(await directory.listPlaces({ service: 'atoll_system_agent', network: 'atoll-system' }, live)).toEqual([
    { nodeId: 'n1', addresses: ['10.0.1.5'] },
    { nodeId: 'n2', addresses: ['10.0.1.5'] },
    { nodeId: 'n3', addresses: [] },
  ])
})
