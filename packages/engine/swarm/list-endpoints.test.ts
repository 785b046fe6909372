import { expect, it } from 'vitest'
import { openDirectory } from './directory.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const live = new AbortController().signal
const service = (ID: string, Name: string) => ({ ID, Spec: { Name } })
const attached = (Name: string, ...Addresses: readonly string[]) => ({ Network: { Spec: { Name } }, Addresses })
const task = (ID: string, change: object = {}) => ({
  ID,
  ServiceID: 's1',
  NodeID: 'n1',
  Status: { State: 'running' },
  NetworksAttachments: [attached('shop_test_default', '10.64.0.5/20')],
  ...change,
})

it('endpoints are the tasks that run, of the services that were named, with an address for each network', async () => {
  const tasks = [
    task('t1'),
    task('t2', { Status: { State: 'starting' } }),
    task('t3', { NodeID: '' }),
    task('t4', { NetworksAttachments: [attached('a', '10.0.0.9/24', 'fd00::9/64'), attached('b')] }),
  ]
  await using engine = await openScriptedEngine(({ url = '' }, response) =>
    reply(
      response,
      200,
      url.includes('/services') ? [service('s1', 'shop_test_web'), service('s2', 'shop_test_web-admin')] : tasks,
    ),
  )
  await using directory = openDirectory(engine.endpoint)
  expect(await directory.listEndpoints(['shop_test_web'], live)).toEqual([
    {
      service: 'shop_test_web',
      taskId: 't1',
      nodeId: 'n1',
      networks: [{ name: 'shop_test_default', subnet: '10.64.0.0/20', address: '10.64.0.5' }],
    },
    {
      service: 'shop_test_web',
      taskId: 't4',
      nodeId: 'n1',
      networks: [{ name: 'a', subnet: '10.0.0.0/24', address: '10.0.0.9' }],
    },
  ])
  const asked = decodeURIComponent(engine.requests.at(-1) ?? '')
  expect(asked).toContain('"service":["s1"]')
  expect(asked).toContain('"desired-state":["running"]')
})

it('nothing is asked for no services, and no tasks where there is none of them', async () => {
  await using engine = await openScriptedEngine((_request, response) => reply(response, 200, []))
  await using directory = openDirectory(engine.endpoint)
  expect(await directory.listEndpoints([], live)).toEqual([])
  expect(await directory.listEndpoints(['gone'], live)).toEqual([])
  expect(engine.requests.filter((request) => request.includes('/tasks'))).toEqual([])
})

it('changes of services and nodes are told, and of nothing else', async () => {
  const lines = [{ Type: 'service' }, { Type: 'config' }, { Type: 'node' }].map((line) => JSON.stringify(line))
  await using engine = await openScriptedEngine((_request, response) => response.end(lines.join('\n')))
  await using directory = openDirectory(engine.endpoint)
  expect(await Array.fromAsync(directory.watchServices(live))).toEqual([{ kind: 'service' }, { kind: 'node' }])
})
