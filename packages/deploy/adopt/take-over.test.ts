import { createService } from '@atoll/plan/fixtures'
import type { Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { takeOver } from './take-over.ts'

const web = createService('web', {
  environment: { LEVEL: 'info', OLD: '1' },
  unsetVariables: ['PROXY'],
  healthcheck: { test: ['CMD', 'true'] },
})

/** As the engine tells it: `from` is what it has. */
const take = (field: string, from?: unknown, service: Service = web, definition: Service = service) =>
  takeOver({ service, definition, drift: [{ field, ...(from === undefined ? {} : { from: JSON.stringify(from) }) }] })

describe('a field the App has a word for', () => {
  it.each<[string, unknown, Partial<Service>]>([
    ['image', 'web:2@sha256:ab', { image: 'web:2@sha256:ab' }],
    ['mode.replicas', 5, { mode: { kind: 'replicated', replicas: 5 } }],
    ['command', ['serve'], { command: ['serve'] }],
    ['stopGraceMs', 3_000, { stopGraceMs: 3_000 }],
    ['capAdd', ['NET_ADMIN'], { capAdd: ['NET_ADMIN'] }],
    ['readOnly', true, { readOnly: true }],
    ['generation', 3, { generation: 3 }],
    ['dns.servers', ['1.1.1.1'], { dns: { servers: ['1.1.1.1'], search: [], options: [] } }],
    ['healthcheck.retries', 9, { healthcheck: { test: ['CMD', 'true'], retries: 9 } }],
    [
      'resources.limits',
      { MemoryBytes: 5, NanoCPUs: 6 },
      { resources: { limits: { memoryBytes: 5, nanoCpus: 6 }, reservations: {} } },
    ],
    ['resources.limits.memoryBytes', 5, { resources: { limits: { memoryBytes: 5 }, reservations: {} } }],
    ['environment.LEVEL', 'debug', { environment: { LEVEL: 'debug', OLD: '1' } }],
    ['environment.OLD', undefined, { environment: { LEVEL: 'info' } }],
    ['environment.OLD', null, { environment: { LEVEL: 'info' }, unsetVariables: ['OLD', 'PROXY'] }],
    ['labels.a.b', 'c', { labels: { ...web.labels, 'a.b': 'c' } }],
    ['serviceLabels.team', 'x', { serviceLabels: { ...web.serviceLabels, team: 'x' } }],
    ['logging.options.tag', 't', { logging: { ...web.logging, options: { ...web.logging.options, tag: 't' } } }],
  ])('%s as %j', (field, from, change) => {
    expect(take(field, from)).toEqual({ service: { ...web, ...change }, refused: [] })
  })

  it('a variable that was taken away and has a value now', () => {
    const { unsetVariables: _, ...rest } = web
    expect(take('environment.PROXY', 'p').service).toEqual({
      ...rest,
      environment: { ...web.environment, PROXY: 'p' },
    })
  })

  it('constraints, without the pins to volumes that stand beside them', () => {
    const definition = { ...web, placement: { ...web.placement, constraints: ['node.id==x'] } }
    const from = ['node.id==x', 'node.role==worker']
    expect(take('placement.constraints', from, web, definition).service.placement.constraints).toEqual([
      'node.role==worker',
    ])
  })
})

describe('a field it has none for is named', () => {
  it.each([
    ['update', { Parallelism: 3 }],
    ['mounts./data', { Type: 'bind' }],
    ['ports', []],
    ['mode.replicas', undefined],
    ['mode.global', true],
    ['resources.reservations', { GenericResources: [] }],
    ['labels.a', 5],
    ['command', 'serve'],
  ])('%s as %j', (field, from) => {
    expect(take(field, from)).toEqual({ service: web, refused: [field] })
  })

  it("a generation that follows from a dependency, and times of a health check that is the image's", () => {
    expect(take('generation', 3, web, { ...web, generation: 7 }).refused).toEqual(['generation'])
    expect(take('healthcheck.retries', 3, createService('db')).refused).toEqual(['healthcheck.retries'])
  })
})
