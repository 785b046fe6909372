import { openFakeEngine } from '@atoll/engine/fake'
import { createService } from '@atoll/plan/fixtures'
import { expect, it } from 'vitest'
import { findKnownOccupancy } from './known-occupancy.ts'
import { createSightings } from './sightings.ts'

const ref = { app: 'shop', environment: 'test' }
const never = new AbortController().signal

const openShop = async () => {
  const engine = openFakeEngine()
  engine.outsider.create('service', 'alien')
  await engine.apply({ kind: 'create-service', service: createService('web') }, { ref, release: 1, secrets: {} }, never)
  engine.tick(60_000)
  return engine
}

it('knows nothing before it has seen all together, or the list and each that is on it', async () => {
  const engine = await openShop()
  const sightings = createSightings()
  expect(findKnownOccupancy(sightings)).toBeUndefined()
  sightings.putList({ value: [ref], atMs: 5 })
  expect(findKnownOccupancy(sightings)).toBeUndefined()
  sightings.putObserved(ref, { value: await engine.observe(ref, never), atMs: 3 })
  const found = findKnownOccupancy(sightings)
  expect(found?.atMs).toBe(3)
  expect(found?.value.services.map(({ name, tasks }) => [name, tasks.length])).toEqual([['web', 1]])
})

it('takes what was seen last', async () => {
  const engine = await openShop()
  const sightings = createSightings()
  const together = await engine.occupancy(never)
  sightings.putOccupancy({ value: together, atMs: 4 })
  expect(findKnownOccupancy(sightings)).toEqual({ value: together, atMs: 4 })
  expect(together.services.map(({ name }) => name).toSorted()).toEqual(['alien', 'web'])
  sightings.putList({ value: [ref], atMs: 9 })
  sightings.putObserved(ref, { value: await engine.observe(ref, never), atMs: 9 })
  expect(findKnownOccupancy(sightings)?.atMs).toBe(9)
})
