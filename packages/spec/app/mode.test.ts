import { describe, expect, test } from 'vitest'
import { mapModel, mapService } from './sample-project.ts'

describe('mode', () => {
  test.each([
    [{}, { kind: 'replicated', replicas: 1 }],
    [{ scale: 3 }, { kind: 'replicated', replicas: 3 }],
    [
      { deploy: { replicas: 0 }, scale: 3 },
      { kind: 'replicated', replicas: 0 },
    ],
    [{ deploy: { mode: 'global' } }, { kind: 'global' }],
    [{ deploy: { mode: 'replicated-job', replicas: 2 } }, { kind: 'once', completions: 2, concurrency: 2 }],
    [{ deploy: { mode: 'global-job' } }, { kind: 'once-per-node' }],
    [{ 'x-atoll': { run: 'once' } }, { kind: 'once', completions: 1, concurrency: 1 }],
    [{ 'x-atoll': { run: 'once-per-node' } }, { kind: 'once-per-node' }],
    [{ 'x-atoll': { run: 'once' }, deploy: { mode: 'global' } }, { kind: 'once-per-node' }],
  ])('%j', (service, mode) => {
    expect(mapService(service).service.mode).toEqual(mode)
  })

  test('what somebody waits for until it completes runs once, and is not repeated', () => {
    const { app } = mapModel({
      services: {
        migrate: { image: 'a' },
        web: { image: 'b', depends_on: { migrate: { condition: 'service_completed_successfully', required: true } } },
      },
    })
    expect(app.services[0]).toMatchObject({ mode: { kind: 'once' }, restart: { condition: 'none' } })
    expect(app.services[1]?.dependsOn).toEqual([
      { service: 'migrate', condition: 'completed', isRequired: true, restarts: false },
    ])
  })

  test('a mode that does not exist is refused', () => {
    expect(mapService({ deploy: { mode: 'many' } }).said).toEqual(['error deploy.mode: the mode many does not exist'])
  })
})

describe('restart', () => {
  test.each([
    [{}, { condition: 'any' }],
    [{ restart: 'no' }, { condition: 'none' }],
    [{ restart: 'always' }, { condition: 'any' }],
    [{ restart: 'unless-stopped' }, { condition: 'any' }],
    [{ restart: 'on-failure' }, { condition: 'on-failure' }],
    [{ restart: 'on-failure:3' }, { condition: 'on-failure', maxAttempts: 3 }],
    [{ restart: 'no', deploy: { restart_policy: { condition: 'any' } } }, { condition: 'any' }],
    [
      { deploy: { restart_policy: { condition: 'on-failure', delay: '5s', max_attempts: 2, window: '1m30s' } } },
      { condition: 'on-failure', delayMs: 5_000, maxAttempts: 2, windowMs: 90_000 },
    ],
    [{ deploy: { restart_policy: { max_attempts: 2 } } }, { condition: 'any', maxAttempts: 2 }],
  ])('%j', (service, restart) => {
    expect(mapService(service).service.restart).toEqual(restart)
  })

  test('what runs once is not run again after it has succeeded', () => {
    const { service, said } = mapService({ restart: 'always', 'x-atoll': { run: 'once' } })
    expect(service.restart).toEqual({ condition: 'on-failure' })
    expect(said).toEqual(['warning restart: what runs once is not run again after it has succeeded'])
  })

  test.each([
    [{ restart: 'sometimes' }, 'error restart: the policy sometimes does not exist'],
    [
      { deploy: { restart_policy: { condition: 'x' } } },
      'error deploy.restart_policy.condition: the condition x does not exist',
    ],
  ])('%j is refused', (service, said) => {
    expect(mapService(service).said).toEqual([said])
  })
})
