import type { Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { avoid, drainLabel, findDrain, renderDrain } from './drain.ts'
import { createService, createVolumeMount } from './fixtures.ts'
import type { ObservedNode, ObservedService } from './observed.ts'
import { nodes as calm, want } from './plan-table.ts'
import { plan } from './plan.ts'
import { createObserved, createObservedWorld } from './simulate.ts'

const label = { [drainLabel]: renderDrain({ sinceMs: 1, untilMs: 2 }) }
const change = (name: string, to: Partial<ObservedNode>): readonly ObservedNode[] =>
  calm.map((node) => (node.name === name ? { ...node, ...to } : node))
const draining = change('b', { labels: label })
const drained = change('b', { labels: label, availability: 'drain' })
const away = avoid('b-id')

const web = createService('web')
const leaving: Service = { ...web, placement: { constraints: [away], spread: [], maxPerNode: 0 } }
const runs = (definition: Service, nodeId: string): ObservedService =>
  createObserved(definition, { release: 1, nodeId })

/** Constraints that would be asked for; undefined when nothing would. */
const ask = (
  service: Service,
  nodes: readonly ObservedNode[],
  services: readonly ObservedService[],
): readonly string[] | undefined => {
  const volumes = [{ engineName: 'shop_test_data', nodeId: 'b-id', nodeName: 'b' }]
  const [action] = plan(want([service]), createObservedWorld(nodes, { services, volumes }), 0)
  if (action === undefined) return undefined
  return action.kind === 'update-service' || action.kind === 'create-service'
    ? action.service.placement.constraints
    : [action.kind]
}

describe('a service, while a node is drained', () => {
  it('leaves it where it has tasks there, and is not changed where it has none', () => {
    expect(ask(web, draining, [runs(web, 'b-id')])).toEqual([away])
    expect(ask(web, draining, [runs(web, 'a-id')])).toBeUndefined()
  })

  it('that is new keeps off it', () => {
    expect(ask(web, draining, [])).toEqual([away])
    expect(ask(web, drained, [])).toEqual([])
  })

  it('that has left stays away until the node is resumed, and then is let in again', () => {
    expect(ask(web, draining, [runs(leaving, 'a-id')])).toBeUndefined()
    expect(ask(web, drained, [runs(leaving, 'a-id')])).toBeUndefined()
    expect(ask(web, calm, [runs(leaving, 'a-id')])).toEqual([])
    const gone = calm.filter(({ name }) => name !== 'b')
    expect(ask(web, gone, [runs(leaving, 'a-id')])).toEqual([])
  })

  const stopFirst: Partial<Service> = { update: { ...web.update, order: 'stop-first' } }
  const onlyThere = { placement: { constraints: ['node.hostname==b'], spread: [], maxPerNode: 0 } }
  const everywhere: Partial<Service> = {
    mode: { kind: 'replicated', replicas: 3 },
    placement: { constraints: [], spread: [], maxPerNode: 2 },
  }
  const twice: Partial<Service> = { ...everywhere, placement: { constraints: [], spread: [], maxPerNode: 1 } }

  it.each<[string, Partial<Service>, boolean]>([
    ['stops first', stopFirst, false],
    ['is held there by a volume', { mounts: [createVolumeMount('data')] }, false],
    ['may run there alone', onlyThere, false],
    ['has no room for one more task elsewhere', twice, false],
    ['has room for one more', everywhere, true],
    ['runs on each node', { mode: { kind: 'global' } }, false],
  ])('that %s', (_what, to, isMoved) => {
    const service = createService('web', to)
    const nodes = draining
    const before = plan(want([service]), createObservedWorld(calm), 0).flatMap((action) =>
      action.kind === 'create-service' ? [action.service] : [],
    )[0]
    const present = runs(before ?? service, 'b-id')
    const volumes = [{ engineName: 'shop_test_data', nodeId: 'b-id', nodeName: 'b' }]
    const actions = plan(want([service]), createObservedWorld(nodes, { services: [present], volumes }), 0)
    const asked = actions.flatMap((action) =>
      action.kind === 'update-service' ? action.service.placement.constraints : [],
    )
    expect(asked.includes(away)).toBe(isMoved)
  })
})

describe('the label', () => {
  it('is read as it was written, and says the same when nobody can read it', () => {
    const drain = { sinceMs: 1_700_000_000_000, untilMs: 1_700_000_600_000 }
    expect(findDrain({ labels: { [drainLabel]: renderDrain(drain) } })).toEqual(drain)
    expect(findDrain({ labels: { [drainLabel]: 'yes' } })).toEqual({ sinceMs: 0, untilMs: Number.MAX_SAFE_INTEGER })
    expect(findDrain({ labels: {} })).toBeUndefined()
  })
})
