import { describe, expect, it } from 'vitest'
import { createService } from '@atoll/plan/fixtures'
import type { FieldChange } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import { EngineError } from '../errors.ts'
import { updateService } from './apply-service.ts'
import type { ServiceBody } from './bodies.ts'
import type { Api, Call } from './client.ts'
import { translateService } from './translate.ts'

const ref = { app: 'shop', environment: 'test' }
const context = { ref, release: 2, secrets: {} }
const signal = new AbortController().signal
const auth = { find: async () => undefined, all: async () => ({}) }

/** One service of an engine, which refuses the first so many updates as out of sequence. */
const openWorld = (present: Service, { staleTimes = 0, update }: { staleTimes?: number; update?: string } = {}) => {
  let index = 10
  let stale = staleTimes
  let spec: ServiceBody = translateService(present, { ref, release: 2 })
  const sent: Call[] = []
  const api: Api = {
    json: async (_call, shape) =>
      shape.parse({
        ID: 's',
        Version: { Index: index },
        CreatedAt: '2026-11-20T10:00:00Z',
        UpdatedAt: '2026-11-20T10:00:00Z',
        Spec: spec,
        ...(update && { UpdateStatus: { State: update } }),
      }),
    send: async (call) => {
      sent.push(call)
      if (call.query?.['version'] !== index || stale-- > 0) {
        index += 1
        throw new EngineError('version', 'update out of sequence')
      }
      spec = call.body as ServiceBody
    },
    stream: () => Promise.reject(new Error('not here')),
    hijack: () => Promise.reject(new Error('not here')),
  }
  return { api, sent, specOf: () => spec }
}

const service = (change: Partial<Service> = {}): Service =>
  createService('web', { engineName: 'shop_test_web', networks: [], ...change })
const apply = (api: Api, wanted: Service, release = 2, changes: readonly FieldChange[] = []): Promise<void> =>
  updateService({ api, auth }, { id: 's', service: wanted, context: { ...context, release }, changes }, signal)

describe('an update', () => {
  it('reads again and sends again when the engine wrote in between', async () => {
    const world = openWorld(service(), { staleTimes: 3 })
    const wanted = service({ image: 'web:2' })
    await apply(world.api, wanted)
    expect(world.specOf()).toEqual(translateService(wanted, { ref, release: 2 }))
    expect(world.sent).toHaveLength(4)
  })

  it('gives up when the engine never stops writing', async () => {
    const world = openWorld(service(), { staleTimes: 1_000 })
    await expect(apply(world.api, service({ image: 'web:2' }))).rejects.toMatchObject({ code: 'version', retry: true })
    expect(world.sent.length).toBeLessThan(20)
  })

  it('that the engine does not accept is not sent again', async () => {
    const world = openWorld(service())
    let count = 0
    const send = (): Promise<void> => {
      count += 1
      return Promise.reject(new EngineError('invalid', 'no such mount'))
    }
    await expect(apply({ ...world.api, send }, service({ image: 'web:2' }))).rejects.toMatchObject({ code: 'invalid' })
    expect(count).toBe(1)
  })

  it('that would change nothing is not sent, or a job would run again', async () => {
    const job = service({ mode: { kind: 'once', completions: 1, concurrency: 1 } })
    const world = openWorld(job)
    await apply(world.api, job)
    expect(world.sent).toEqual([])
    await apply(world.api, job, 3)
    expect(world.sent).toHaveLength(1)
  })

  it('that the engine has forgotten differs in a label, or the engine would not look at it', async () => {
    const world = openWorld(service(), { update: 'updating' })
    await apply(world.api, service(), 2, [{ field: 'update', from: '"updating"', to: '"again"' }])
    expect(world.sent).toHaveLength(1)
    const { Labels, ...rest } = world.specOf()
    const { Labels: before, ...same } = translateService(service(), { ref, release: 2 })
    expect(rest).toEqual(same)
    expect(Object.keys(Labels).filter((name) => before[name] === undefined)).toEqual(['atoll.again'])
  })

  it('is sent again to an engine that is stuck half-way', async () => {
    const world = openWorld(service(), { update: 'paused' })
    await apply(world.api, service())
    expect(world.sent).toHaveLength(1)
  })
})
