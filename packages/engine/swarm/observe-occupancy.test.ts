import { toPlacingRules } from '@atoll/plan'
import { createService, createVolumeMount } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { openSwarmEngine } from './index.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import { translateService } from './translate.ts'

const live = new AbortController().signal
const at = '2026-11-20T10:00:00Z'
const meta = { Version: { Index: 1 }, CreatedAt: at, UpdatedAt: at }
const ref = { app: 'shop', environment: 'test' }

const web = createService('web', {
  mode: { kind: 'replicated', replicas: 2 },
  resources: { limits: { memoryBytes: 9 }, reservations: { memoryBytes: 5, nanoCpus: 7 } },
  placement: { constraints: ['node.role==worker'], spread: ['node.labels.zone'], maxPerNode: 1 },
  ports: [
    { target: 80, published: 8080, protocol: 'udp', mode: 'host' },
    { target: 81, published: 8081, protocol: 'tcp', mode: 'ingress' },
  ],
  mounts: [createVolumeMount('data')],
})
const agent = createService('agent', { mode: { kind: 'global' }, mounts: [createVolumeMount('data')] })
const once = createService('once', { mode: { kind: 'once', completions: 3, concurrency: 1 } })
const own = [web, agent, once]

/** As a docker client makes it, with what only others use. */
const alien = {
  ...meta,
  ID: 'alien',
  Spec: {
    Name: 'alien',
    Labels: null,
    TaskTemplate: {
      ContainerSpec: {
        Image: 'a',
        Mounts: [
          { Type: 'volume', Target: '/nameless' },
          { Type: 'volume', Source: 'shared', VolumeOptions: { DriverConfig: { Name: 'rexray' } } },
          { Type: 'volume', Source: 'kept', Target: '/kept' },
        ],
      },
      RestartPolicy: { Condition: 'none' },
      Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }, {}] },
    },
    Mode: { ReplicatedJob: { TotalCompletions: 4 } },
  },
}

const task = (serviceId: string, change: object) => ({
  ...meta,
  ID: `${serviceId}-task`,
  ServiceID: serviceId,
  NodeID: 'n1',
  Spec: {},
  Status: { Timestamp: at, State: 'running' },
  DesiredState: 'running',
  ...change,
})

const tasks = [
  task('web', {}),
  task('web', { DesiredState: 'shutdown' }),
  task('web', { Status: { Timestamp: at, State: 'failed' } }),
  task('web', { NodeID: undefined, Status: { Timestamp: at, State: 'pending' } }),
  task('gone', {}),
]

const observe = async () => {
  const services = own.map((service) => ({
    ...meta,
    ID: service.name,
    Spec: translateService(service, { ref, release: 1 }),
  }))
  await using scripted = await openScriptedEngine(({ url = '' }, response) => {
    if (url.includes('/services')) reply(response, 200, [...services, alien])
    else reply(response, 200, url.includes('/tasks') ? tasks : [])
  })
  await using engine = openSwarmEngine({ endpoints: [scripted.endpoint], variables: {}, now: Date.now, patienceMs: 0 })
  const { services: found } = await engine.occupancy(live)
  return { found, requests: scripted.requests }
}

it('reads of what was asked for what its definition says', async () => {
  const { found } = await observe()
  for (const service of own) {
    const { ref: owner, name, rules } = found.find(({ engineName }) => engineName === service.engineName) ?? {}
    expect([owner, name, rules]).toEqual([ref, service.name, toPlacingRules(service)])
  }
})

it('reads of somebody else what only they use', async () => {
  const { found } = await observe()
  expect(found.find(({ name }) => name === 'alien')).toEqual({
    name: 'alien',
    engineName: 'alien',
    rules: {
      mode: { kind: 'replicated', replicas: 4 },
      isRestarted: false,
      placement: { constraints: [], spread: [], maxPerNode: 0 },
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: '', architecture: '' },
      ],
      reservations: { memoryBytes: 0, nanoCpus: 0 },
      nodePorts: [],
      volumes: ['kept'],
    },
    tasks: [],
  })
})

it('keeps tasks that hold room, by three lists', async () => {
  const { found, requests } = await observe()
  expect(found.flatMap(({ name, tasks: held }) => held.map((each) => [name, each]))).toEqual([
    ['web', { nodeId: 'n1', isWanted: true, isRunning: true }],
    ['web', { nodeId: 'n1', isWanted: false, isRunning: true }],
  ])
  expect(requests.filter((request) => !request.endsWith('/version'))).toHaveLength(3)
})
