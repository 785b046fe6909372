import { describe, expect, test } from 'vitest'
import { mapService } from './sample-project.ts'

const updateOf = (service: object) => mapService(service as never, { volumes: { data: {} } }).service.update

describe('order of an update', () => {
  const mount = { type: 'volume', source: 'data', target: '/d' }

  test.each([
    ['a named volume', { volumes: [mount] }],
    ['a port of the node', { ports: [{ target: 80, published: '80' }] }],
    ['a folder of the node', { volumes: [{ type: 'bind', source: '/srv', target: '/d' }] }],
  ])('%s is never held by two tasks', (_, service) => {
    expect(updateOf(service).order).toBe('stop-first')
  })

  test.each([
    ['nothing', {}],
    ['a volume only read', { volumes: [{ ...mount, read_only: true }] }],
    ['a port the engine chooses', { ports: [{ target: 80 }] }],
    ['a socket', { volumes: [{ type: 'bind', source: '/run/x.sock', target: '/x.sock' }] }],
    ['memory', { tmpfs: ['/run'] }],
  ])('%s is shared by both', (_, service) => {
    expect(updateOf(service).order).toBe('start-first')
  })

  test('the file has the last word', () => {
    expect(updateOf({ volumes: [mount], deploy: { update_config: { order: 'start-first' } } }).order).toBe(
      'start-first',
    )
  })
})

describe('policy', () => {
  test('is what the file says', () => {
    const update_config = {
      parallelism: 0,
      delay: '10s',
      monitor: '1m0s',
      max_failure_ratio: 0.5,
      failure_action: 'continue',
    }
    expect(updateOf({ deploy: { update_config } })).toMatchObject({
      parallelism: 0,
      delayMs: 10_000,
      monitorMs: 60_000,
      maxFailureRatio: 0.5,
      failureAction: 'continue',
    })
  })

  test.each([
    [{}, 0],
    [{ deploy: { replicas: 3 } }, 2_000],
    [{ deploy: { mode: 'global' } }, 2_000],
    [{ deploy: { replicas: 3, update_config: { monitor: '1s' } } }, 1_000],
    [{ deploy: { replicas: 3, update_config: { delay: '0s' } } }, 0],
    [{ deploy: { replicas: 3 }, healthcheck: { test: ['CMD', 'a'] } }, 0],
    [{ deploy: { replicas: 3 }, healthcheck: { disable: true } }, 2_000],
  ])(
    'lets a task that proves nothing by its health run a moment before the next is replaced: %j',
    (service, delayMs) => {
      expect(updateOf(service).delayMs).toBe(delayMs)
    },
  )

  test.each([
    [{ test: ['CMD', 'a'], interval: '1s', timeout: '1s' }, 5_000],
    [{ test: ['CMD', 'a'], interval: '10s', timeout: '3s' }, 13_000],
    [{ test: ['CMD', 'a'], interval: '2s' }, 7_000],
    [{ test: ['CMD', 'a'], interval: '10s', timeout: '1m' }, 15_000],
    [{ test: ['CMD', 'a'] }, 30_000],
    [{ disable: true }, 5_000],
  ])('watches through one more verdict of the health check %j', (healthcheck, monitorMs) => {
    expect(updateOf({ healthcheck }).monitorMs).toBe(monitorMs)
  })

  test('a failure pauses: it is the app that goes back', () => {
    const { service, said } = mapService({ deploy: { update_config: { failure_action: 'rollback' } } })
    expect(service.update.failureAction).toBe('pause')
    expect(said).toEqual([
      'warning deploy.update_config.failure_action: a failed deploy takes the whole app back, not one service',
    ])
  })

  test.each([
    [{ order: 'x' }, 'error deploy.update_config.order: the order x does not exist'],
    [{ failure_action: 'x' }, 'error deploy.update_config.failure_action: the failure action x does not exist'],
    [{ delay: 'soon' }, 'error deploy.update_config.delay: '],
  ])('%j is refused', (update_config, said) => {
    expect(mapService({ deploy: { update_config } }).said[0]).toContain(said)
  })
})
