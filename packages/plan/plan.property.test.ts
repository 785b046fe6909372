import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { App, Service } from '@atoll/spec'
import type { Action } from './action.ts'
import { evolutions } from './arbitraries.ts'
import type { Observed } from './observed.ts'
import { plan } from './plan.ts'
import { applyAll, converge, empty, laterMs, words } from './plan-table.ts'
import { simulate } from './simulate.ts'

/** What is desired, in a world that the release before left behind, perhaps half done; told by what was done in it. */
const situations = fc.tuple(evolutions, fc.oneof(fc.constant(99), fc.nat(12))).map(([[before, app], count]) => {
  const actions = plan({ app: before, release: 1, keep: [] }, empty, laterMs).slice(0, count)
  const observed = applyAll(empty, actions)
  const summary = `${fc.stringify(app)} after [${words(actions).join(', ')}] of ${fc.stringify(before)}`
  const situation = { desired: { app, release: 2, keep: [] }, observed }
  return Object.defineProperty(situation, fc.toStringMethod, { value: () => summary })
})

describe('properties', () => {
  it('a converged world plans nothing', () => {
    fc.assert(
      fc.property(situations, ({ desired, observed }) => {
        expect(words(plan(desired, converge(desired, observed), laterMs))).toEqual([])
      }),
    )
  })

  it('applying it in order leads to what was desired', () => {
    fc.assert(
      fc.property(situations, ({ desired, observed }) => {
        expect(summarizeWorld(converge(desired, observed))).toEqual(summarizeApp(desired.app))
      }),
    )
  })

  it('interrupted anywhere and planned again it converges to the same', () => {
    fc.assert(
      fc.property(situations, fc.nat(20), ({ desired, observed }, count) => {
        const interrupted = applyAll(observed, plan(desired, observed, laterMs).slice(0, count), 2)
        const resumed = converge(desired, interrupted)
        expect(words(plan(desired, resumed, laterMs))).toEqual([])
        expect(summarizeWorld(resumed)).toEqual(summarizeApp(desired.app))
      }),
    )
  })

  it('nothing is in the plan twice, and nothing is used before it is made', () => {
    fc.assert(
      fc.property(situations, ({ desired, observed }) => {
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
      fc.property(situations, fc.array(fc.nat(9)), ({ desired, observed }, picks) => {
        const world = disown(observed, picks)
        const foreign = findForeign(world)
        const touched = plan(desired, world, laterMs).filter((action) => touches(action, foreign))
        expect(words(touched)).toEqual([])
      }),
    )
  })
})

/** What a service is, without what only the cluster decides: pins, orders, generations. */
const essence = ({ name, image, environment, mode, configs, networks, mounts, dependsOn }: Service): unknown =>
  JSON.stringify([name, image, environment, mode, configs, networks, mounts, dependsOn])

const names = (things: readonly { readonly engineName: string }[]): readonly string[] =>
  things.map(({ engineName }) => engineName).toSorted()

const summarizeApp = ({ services, networks, configs }: App): unknown => ({
  services: services.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(essence),
  networks: names(networks),
  configs: names(configs),
})

const summarizeWorld = ({ services, networks, configs }: Observed): unknown => ({
  services: services
    .flatMap(({ definition }) => definition ?? [])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(essence),
  networks: names(networks),
  configs: names(configs),
})

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
