import { openFakeEngine } from '@atoll/engine/fake'
import type { EnvironmentRef } from '@atoll/engine'
import { createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { findKnownCounts } from './known-counts.ts'
import { createSightings } from './sightings.ts'

const refOf = (app: string): EnvironmentRef => ({ app, environment: 'test' })
const count = (app: string, tasks: number) => ({ ref: refOf(app), services: tasks, good: tasks, wanted: tasks, tasks })

const never = new AbortController().signal

/** So many services of one task each, beside one of somebody else. */
const observe = async (app: string, tasks: number) => {
  const engine = openFakeEngine()
  const ref = refOf(app)
  engine.outsider.create('service', `${app}_test_stranger`)
  for (let index = 0; index < tasks; index += 1) {
    const service = createService('web', { engineName: `${app}_test_web-${index}` })
    await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, never)
  }
  engine.tick(60_000)
  return engine.observe(ref, never)
}

it('knows nothing before it has seen the list, and each that is on it', async () => {
  const sightings = createSightings()
  expect(findKnownCounts(sightings)).toBeUndefined()
  sightings.putList({ value: [refOf('a'), refOf('b')], atMs: 5 })
  sightings.putObserved(refOf('a'), { value: await observe('a', 2), atMs: 3 })
  expect(findKnownCounts(sightings)).toBeUndefined()
  sightings.putObserved(refOf('b'), { value: await observe('b', 1), atMs: 4 })
  expect(findKnownCounts(sightings)).toEqual({ value: [count('a', 2), count('b', 1)], atMs: 3 })
})

it('takes what was seen last of each, and is as old as the oldest of it', async () => {
  const sightings = createSightings()
  sightings.putObserved(refOf('a'), { value: await observe('a', 9), atMs: 10 })
  sightings.putCounts({ value: [count('a', 2), count('b', 1)], atMs: 20 })
  expect(findKnownCounts(sightings)).toEqual({ value: [count('a', 2), count('b', 1)], atMs: 20 })
  sightings.putObserved(refOf('a'), { value: await observe('a', 3), atMs: 30 })
  expect(findKnownCounts(sightings)).toEqual({ value: [count('a', 3), count('b', 1)], atMs: 20 })
  sightings.putList({ value: [refOf('a')], atMs: 40 })
  expect(findKnownCounts(sightings)).toEqual({ value: [count('a', 3)], atMs: 30 })
})
