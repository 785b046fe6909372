import type { Service } from '@atoll/spec'
import { describe, expect, it } from 'vitest'
import { createService, createVolumeMount } from './fixtures.ts'
import type { ObservedNode } from './observed.ts'
import { changedFields, converge, nodes as plain, replicated, want } from './plan-table.ts'
import { plan } from './plan.ts'
import { restartCauses } from './restarts.ts'
import { createObservedWorld } from './simulate.ts'
import { witnessLabel } from './witness.ts'

/** Nodes a, b and c with these zones, in turn; undefined is none. */
const inZones = (...zones: readonly (string | undefined)[]): readonly ObservedNode[] =>
  plain.map((node, at) => ({ ...node, labels: zones[at] === undefined ? {} : { zone: zones[at] } }))

const twoZones = inZones('ams', 'fra', 'fra')

const spreadOf = (change: Partial<Service>, nodes: readonly ObservedNode[]): readonly string[] | undefined =>
  plan(want([createService('web', change)]), createObservedWorld(nodes), 0).flatMap((action) =>
    action.kind === 'create-service' ? [action.service.placement.spread] : [],
  )[0]

describe('a service without a preference of its own', () => {
  const own = { ...replicated(2), placement: { constraints: [], spread: ['node.labels.rack'], maxPerNode: 0 } }

  it.each<[string, Partial<Service>, readonly string[]]>([
    ['of two tasks is spread over zones', replicated(2), ['node.labels.zone']],
    ['of one task is not', replicated(1), []],
    ['on each node is not', { mode: { kind: 'global' } }, []],
    ['that stays with a volume is not', { ...replicated(2), mounts: [createVolumeMount('data')] }, []],
    ['is meant: its own stays as it is', own, ['node.labels.rack']],
  ])('%s', (_what, change, spread) => {
    expect(spreadOf(change, twoZones)).toEqual(spread)
  })

  it.each<[string, readonly ObservedNode[], readonly string[]]>([
    ['no node has one', plain, []],
    ['all have the same', inZones('ams', 'ams', 'ams'), []],
    ['one has one', inZones('ams', undefined, undefined), []],
    ['some lack one', inZones('ams', 'fra', undefined), ['node.labels.zone']],
    ['a node is away', twoZones.map((node) => ({ ...node, state: 'down' })), ['node.labels.zone']],
    ['a node is drained', twoZones.map((node) => ({ ...node, availability: 'drain' })), ['node.labels.zone']],
  ])('where %s', (_what, nodes, spread) => {
    expect(spreadOf(replicated(2), nodes)).toEqual(spread)
  })

  it('does not count the zone of a witness', () => {
    const [a, b, c] = inZones('ams', 'ams', 'fra') as [ObservedNode, ObservedNode, ObservedNode]
    const witness = { ...c, labels: { ...c.labels, [witnessLabel]: 'true' } }
    expect(spreadOf(replicated(2), [a, b, witness])).toEqual([])
  })
})

it('is asked for at the next plan when zones come, and makes no task anew', () => {
  const desired = want([createService('web', replicated(2))])
  const running = converge(desired, createObservedWorld(plain))
  const actions = plan(desired, { ...running, nodes: twoZones }, 0)
  expect(changedFields(actions)).toEqual(['placement.spread'])
  expect(actions.flatMap((action) => ('changes' in action ? restartCauses(action.changes) : []))).toEqual([])
  expect(plan(desired, converge(desired, { ...running, nodes: twoZones }), 0)).toEqual([])
})
