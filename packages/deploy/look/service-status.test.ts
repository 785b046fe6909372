import { createApp, createRoute, createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { deploy } from '../deploy.ts'
import { listen, openStage } from '../stage.ts'
import { status } from './status.ts'

const ref = { app: 'shop', environment: 'test' }
const reserving = (name: string, memoryBytes: number, replicas: number) =>
  createService(name, {
    mode: { kind: 'replicated', replicas },
    resources: { limits: {}, reservations: { memoryBytes } },
  })

it('a service that finds no room is told what each node has left beside the others of its app', async () => {
  const stage = openStage()
  for (const service of [reserving('db', 3 * 1024 ** 3, 3), reserving('web', 2 * 1024 ** 3, 1)])
    await stage.engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, stage.signal)
  stage.engine.tick(20_000)
  const { services } = await status(stage.createContext('ann'), ref, stage.signal)
  expect(services.find(({ service }) => service === 'web')).toMatchObject({
    state: 'waiting',
    nodes: ['node-1', 'node-2', 'node-3'].map((node) => ({
      node,
      reason: '2 GiB of memory wanted, at most 1 GiB of 4 GiB left',
    })),
  })
})

it('what nobody stopped is idle: a service for nodes that are not there, an image whose files the nodes serve', async () => {
  const stage = openStage()
  const none = { kind: 'replicated', replicas: 0 } as const
  const services = [
    createService('web', { mode: none }),
    createService('docs', { mode: none }),
    createService('agent', {
      mode: { kind: 'global' },
      placement: { constraints: ['node.labels.gpu == yes'], spread: [], maxPerNode: 0 },
    }),
  ]
  const files = { index: 'index.html', path: '/site', cacheSeconds: {} }
  const routes = [createRoute('docs', 'docs.example.org', { targets: [], static: files })]
  const app = createApp(services, { routes })
  const context = { ...stage.createContext('ann'), sites: { bring: async () => Promise.resolve([]) } }
  const request = { app, secrets: {}, author: 'ann', acceptsWarnings: true }
  expect(await stage.settle(deploy(context, request, listen()))).toMatchObject({ kind: 'converged' })
  const seen = await status(context, ref, stage.signal)
  expect(Object.fromEntries(seen.services.map(({ service, state }) => [service, state]))).toEqual({
    agent: 'idle',
    docs: 'idle',
    web: 'stopped',
  })
})
