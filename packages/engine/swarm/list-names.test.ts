import { createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { expect, it } from 'vitest'
import { openLocalNames } from './ask-names.ts'
import { renderDefinition } from './definition.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const live = new AbortController().signal
const at = '2026-11-20T10:00:00Z'
const meta = { Version: { Index: 1 }, CreatedAt: at, UpdatedAt: at }

const service = (name: string, change: Partial<Service> = {}) => {
  const definition = createService(name, change)
  const labels = { 'atoll.app': 'shop', 'atoll.environment': 'test', 'atoll.definition': renderDefinition(definition) }
  return { ...meta, ID: name, Spec: { Name: definition.engineName, Labels: labels, TaskTemplate: {} } }
}
const attached = (ID: string, address: string) => ({
  Network: { ID, Spec: { Name: `shop_test_${ID}` } },
  Addresses: [`${address}/24`],
})
const task = (ID: string, ServiceID: string, change: object = {}) => ({
  ID,
  ServiceID,
  NodeID: 'n1',
  Status: { State: 'running', Timestamp: at },
  NetworksAttachments: [attached('front', '10.0.1.5')],
  ...change,
})

it('services that last are listed with the addresses of their tasks, jobs and what never restarts are not', async () => {
  const both = [attached('front', '10.0.1.6'), attached('back', '10.0.2.6')]
  const services = [
    service('web'),
    service('seed', { mode: { kind: 'once', completions: 1, concurrency: 1 } }),
    service('tool', { restart: { condition: 'none' } }),
  ]
  const tasks = [
    task('t1', 'web'),
    task('t2', 'web', { NetworksAttachments: both, Status: { State: 'starting', Timestamp: at } }),
    task('t3', 'web', { NodeID: '' }),
    task('t4', 'seed'),
  ]
  await using engine = await openScriptedEngine(({ url = '' }, response) =>
    reply(response, 200, url.includes('/services') ? services : tasks),
  )
  await using names = openLocalNames(engine.endpoint)
  const [web, ...others] = await names.list(live)
  expect(others).toEqual([])
  expect(web).toMatchObject({
    app: 'shop',
    environment: 'test',
    service: 'web',
    dnsName: 'tasks.shop_test_web',
    isBesideJobs: true,
  })
  expect(web?.tasks.map(({ taskId, network, address, isUp }) => [taskId, network, address, isUp])).toEqual([
    ['t1', 'shop_test_front', '10.0.1.5', true],
    ['t2', 'shop_test_front', '10.0.1.6', false],
    ['t2', 'shop_test_back', '10.0.2.6', false],
  ])
})

it('a network of which nothing runs here, and one whose task ends meanwhile, are not asked, and the others are', async () => {
  await using engine = await openScriptedEngine(({ url = '', method }, response) => {
    const path = decodeURIComponent(url)
    if (path.includes('atoll_system_agent')) reply(response, 200, [{ ImageID: 'sha256:ab' }])
    else if (path.includes('/containers/json')) reply(response, 200, path.includes('"gone"') ? [] : [{ Id: 'c1' }])
    else if (method === 'POST') reply(response, 409, { message: 'cannot join network of a non running container: c1' })
    else reply(response, 404, { message: 'no such container' })
  })
  await using names = openLocalNames(engine.endpoint)
  const ask = (networkId: string) => ({ networkId, names: ['tasks.shop_test_web'] })
  expect(await names.ask([ask('gone'), ask('ending')], live)).toEqual([
    { kind: 'not-asked', networkId: 'gone', why: 'no task of the network runs here' },
    { kind: 'not-asked', networkId: 'ending', why: expect.stringContaining('non running container') },
  ])
})
