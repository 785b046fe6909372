import { createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { expect, it } from 'vitest'
import { renderDefinition } from './definition.ts'
import { openSwarmEngine } from './index.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import type { Answer } from './scripted-engine.ts'

const live = new AbortController().signal
const at = '2026-11-20T10:00:00Z'
const meta = { Version: { Index: 1 }, CreatedAt: at, UpdatedAt: at }
const labelsOf = (app: string) => ({ 'atoll.app': app, 'atoll.environment': 'test' })
const template = { ContainerSpec: { Image: 'web:1' } }

const service = (app: string, name: string, change: Partial<Service> & { readonly paused?: boolean } = {}) => {
  const { paused, ...rest } = change
  const Labels = { ...labelsOf(app), 'atoll.definition': renderDefinition(createService(name, rest)) }
  const spec = { Spec: { Name: `${app}_test_${name}`, Labels, TaskTemplate: template } }
  return { ...meta, ID: `${app}-${name}`, ...spec, ...(paused === true && { UpdateStatus: { State: 'paused' } }) }
}

const task = (serviceId: string, slot: number, change: object = {}) => ({
  ...meta,
  ID: `${serviceId}-${slot}`,
  ServiceID: serviceId,
  Slot: slot,
  NodeID: 'n1',
  Spec: template,
  Status: { Timestamp: at, State: 'running' },
  DesiredState: 'running',
  ...change,
})

const node = (ID: string, State: string) => ({
  ...meta,
  ID,
  Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
  Description: { Hostname: ID, Platform: {}, Resources: {}, Engine: { Labels: {} } },
  Status: { State },
})

const nodes = [node('n1', 'ready'), node('n2', 'down')]
const pair = { mode: { kind: 'replicated', replicas: 2 } } as const
const once = { mode: { kind: 'once', completions: 1, concurrency: 1 } } as const
const services = [
  service('shop', 'web', pair),
  service('shop', 'paused', { paused: true }),
  service('shop', 'seed', once),
  service('blog', 'web', pair),
  { ...service('blog', 'other'), Spec: { Name: 'other', Labels: { 'atoll.app': 'blog' }, TaskTemplate: template } },
]
const tasks = [
  ...[1, 2].map((slot) => task('shop-web', slot)),
  task('shop-web', 3, { DesiredState: 'shutdown' }),
  task('shop-paused', 1),
  task('shop-seed', 1, { Status: { Timestamp: at, State: 'complete' }, DesiredState: 'complete' }),
  task('blog-web', 1),
  task('blog-web', 2, { NodeID: 'n2' }),
  task('stranger', 1),
]
const network = { Id: 'n', Name: 'empty_test_back', Scope: 'swarm', Driver: 'overlay', Labels: labelsOf('empty') }

const answer: Answer = ({ url = '' }, response) => {
  if (url.includes('/services')) reply(response, 200, services)
  else if (url.includes('/tasks')) reply(response, 200, tasks)
  else if (url.includes('/nodes')) reply(response, 200, nodes)
  else reply(response, 200, [network])
}

const open = ({ endpoint }: Awaited<ReturnType<typeof openScriptedEngine>>) =>
  openSwarmEngine({ endpoints: [endpoint], variables: {}, now: Date.now, patienceMs: 0 })

it('counts every environment by four lists, however many there are', async () => {
  await using scripted = await openScriptedEngine(answer)
  await using engine = open(scripted)
  expect(await engine.countEnvironments(live)).toEqual([
    { ref: { app: 'blog', environment: 'test' }, services: 1, good: 0, wanted: 2, tasks: 1 },
    { ref: { app: 'empty', environment: 'test' }, services: 0, good: 0, wanted: 0, tasks: 0 },
    { ref: { app: 'shop', environment: 'test' }, services: 3, good: 2, wanted: 4, tasks: 4 },
  ])
  const paths = scripted.requests.map((request) => request.replace(/\?.*/, '').replace(/^GET (?:\/v1\.\d+)?/, ''))
  expect(paths.filter((path) => path !== '/version').toSorted()).toEqual(['/networks', '/nodes', '/services', '/tasks'])
})

it('says so when a list breaks off, or is not understood', async () => {
  const broken: Answer = (request, response) => {
    if (request.url?.includes('/tasks') !== true) return answer(request, response)
    response.writeHead(200).write('[{"ID":')
    response.destroy()
  }
  await using cut = await openScriptedEngine(broken)
  await using first = open(cut)
  await expect(first.countEnvironments(live)).rejects.toMatchObject({ code: 'unreachable', retry: true })
  await using odd = await openScriptedEngine((request, response) =>
    request.url?.includes('/tasks') === true ? reply(response, 200, [{ ID: 1 }]) : answer(request, response),
  )
  await using second = open(odd)
  await expect(second.countEnvironments(live)).rejects.toMatchObject({ code: 'invalid' })
})
