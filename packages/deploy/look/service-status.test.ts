import { createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { openStage } from '../stage.ts'
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
