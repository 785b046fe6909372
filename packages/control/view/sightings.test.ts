import { openFakeEngine } from '@atoll/engine/fake'
import type { Observed, ObservedService } from '@atoll/plan'
import { expect, it } from 'vitest'
import { createSightings } from './sightings.ts'

const { nodes } = openFakeEngine().world
const refOf = (app: string) => ({ app, environment: 'test' })

/** An environment of so many services without tasks. */
const sighting = (app: string, count: number, atMs = 0) => {
  const service = { tasks: [] as readonly unknown[] } as ObservedService
  const value: Observed = {
    ...refOf(app),
    services: Array.from({ length: count }, () => service),
    networks: [],
    configs: [],
    secrets: [],
    volumes: [],
    nodes,
  }
  return { value, atMs }
}

it('keeps so many, and forgets what is large and was not looked at for longest', () => {
  const sightings = createSightings(3)
  for (const [app, size, lookedAtMs] of [
    ['small', 1, 0],
    ['large', 9, 0],
    ['lately', 9, 900],
  ] as const) {
    sightings.putObserved(refOf(app), sighting(app, size))
    sightings.look(refOf(app), lookedAtMs)
  }
  sightings.putObserved(refOf('new'), sighting('new', 50, 1_000))
  expect(sightings.environments().map(({ ref }) => ref.app)).toEqual(['small', 'lately', 'new'])
})

it('does not lose what is real to names that nobody has', () => {
  const sightings = createSightings(3)
  sightings.putObserved(refOf('real'), sighting('real', 50))
  for (let index = 0; index < 100; index += 1) {
    sightings.putObserved(refOf(`guess-${index}`), sighting(`guess-${index}`, 0, index))
    sightings.look(refOf(`guess-${index}`), index)
  }
  expect(sightings.find(refOf('real'))).toBeDefined()
  expect(sightings.environments()).toHaveLength(3)
})

it('is not overtaken by an answer to an earlier question', () => {
  const sightings = createSightings()
  sightings.putObserved(refOf('shop'), sighting('shop', 2, 20))
  sightings.putObserved(refOf('shop'), sighting('shop', 1, 10))
  expect(sightings.find(refOf('shop'))).toMatchObject({ atMs: 20, value: { services: [{}, {}] } })
  expect(sightings.nodes()?.atMs).toBe(20)
})

it('forgets what does not run any more, unless somebody looked at it within the hour', () => {
  const sightings = createSightings()
  for (const app of ['runs', 'gone', 'gone-lately']) sightings.putObserved(refOf(app), sighting(app, 1))
  sightings.look(refOf('gone-lately'), 3_000_000)
  sightings.putList({ value: [refOf('runs')], atMs: 4_000_000 })
  expect(sightings.environments().map(({ ref }) => ref.app)).toEqual(['runs', 'gone-lately'])
})
