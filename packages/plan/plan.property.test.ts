import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action } from './action.ts'
import { apps } from './arbitraries.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { applyAll, converge, empty, laterMs, words } from './plan-table.ts'
import { simulate } from './simulate.ts'

/** A world that some other app left behind, half done. */
const worlds = fc.tuple(apps, fc.nat(30)).map(([app, count]) => {
  const actions = plan({ app, release: 1, keep: [] }, empty, laterMs)
  return applyAll(empty, actions.slice(0, count))
})

const desiredApps = apps.map((app) => ({ app, release: 2, keep: [] }))

describe('properties', () => {
  it('a converged world plans nothing', () => {
    fc.assert(
      fc.property(desiredApps, worlds, (desired, observed) => {
        expect(words(plan(desired, converge(desired, observed), laterMs))).toEqual([])
      }),
    )
  })

  it('interrupted anywhere and planned again it converges to the same', () => {
    fc.assert(
      fc.property(desiredApps, worlds, fc.nat(20), (desired, observed, count) => {
        const interrupted = applyAll(observed, plan(desired, observed, laterMs).slice(0, count), 2)
        const resumed = converge(desired, interrupted)
        expect(plan(desired, resumed, laterMs)).toEqual([])
        expect(definitionsOf(resumed)).toEqual(definitionsOf(converge(desired, observed)))
      }),
    )
  })

  it('nothing is in the plan twice, and nothing is used before it is made', () => {
    fc.assert(
      fc.property(desiredApps, worlds, (desired, observed) => {
        const actions = plan(desired, observed, laterMs)
        expect(new Set(words(actions)).size).toBe(actions.length)
        actions.reduce((world, action) => {
          expect(missing(world, action)).toEqual([])
          return simulate(world, action, 2)
        }, observed)
      }),
    )
  })

  it('what is not owned stays as it is', () => {
    fc.assert(
      fc.property(desiredApps, worlds, fc.array(fc.nat(9)), (desired, observed, picks) => {
        const world = disown(observed, picks)
        const foreign = findForeign(world)
        const touched = plan(desired, world, laterMs).filter((action) => touches(action, foreign))
        expect(words(touched)).toEqual([])
      }),
    )
  })
})

/** Where a volume ends is chosen once; everything else must be the same. */
const definitionsOf = (observed: Observed): readonly unknown[] =>
  observed.services
    .map(({ engineName, definition }) => ({
      engineName,
      image: definition?.image,
      mode: definition?.mode,
      environment: definition?.environment,
    }))
    .toSorted((a, b) => (a.engineName < b.engineName ? -1 : 1))

const missing = (world: Observed, action: Action): readonly string[] => {
  if (action.kind !== 'create-service' && action.kind !== 'update-service') return []
  const there = new Set([...world.networks, ...world.configs, ...world.secrets].map(({ engineName }) => engineName))
  const { networks, configs, secrets } = action.service
  return [...networks, ...configs, ...secrets].map(({ engineName }) => engineName).filter((name) => !there.has(name))
}

const disown = (observed: Observed, picks: readonly number[]): Observed => ({
  ...observed,
  services: observed.services.map((service, index) => ({ ...service, isOwned: !picks.includes(index) })),
  networks: observed.networks.map((network, index) => ({ ...network, isOwned: !picks.includes(index) })),
})

const findForeign = ({ services, networks }: Observed): ReadonlySet<string> =>
  new Set([...services, ...networks].flatMap(({ id, engineName, isOwned }) => (isOwned ? [] : [id, engineName])))

const touches = (action: Action, foreign: ReadonlySet<string>): boolean =>
  ('id' in action && foreign.has(action.id)) ||
  (action.kind === 'create-service' && foreign.has(action.service.engineName)) ||
  (action.kind === 'create-network' && foreign.has(action.network.engineName))
