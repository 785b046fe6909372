import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseManagerStep, describeManagers } from './managers.ts'
import type { ObservedNode } from './observed.ts'
import { createObservedNode } from './simulate.ts'

const minuteMs = 60_000
const nowMs = 100 * minuteMs
const graceMs = 10 * minuteMs

const manager = (name: string, change: Partial<ObservedNode> = {}): ObservedNode =>
  createObservedNode(name, { isManager: true, isLeader: name === 'm1', ...change })
const worker = (name: string, change: Partial<ObservedNode> = {}): ObservedNode =>
  createObservedNode(name, { isManager: false, isLeader: false, ...change })
const down = { state: 'down' } as const

const choose = (nodes: readonly ObservedNode[], { awayMs = graceMs, evenMs = graceMs } = {}) => {
  const away = nodes.filter(({ state }) => state !== 'ready').map(({ id }): [string, number] => [id, nowMs - awayMs])
  const watch = { nowMs, graceMs, awaySinceMs: new Map(away), evenSinceMs: nowMs - evenMs, ownId: 'm1-id' }
  const step = chooseManagerStep(nodes, watch)
  return step === undefined ? undefined : [step.promote?.name, step.demote?.name]
}

const three = [manager('m1'), manager('m2'), manager('m3', down)]

it('takes no vote from a witness to make their number odd', () => {
  const witness = { labels: { 'atoll.witness': 'true' }, availability: 'drain' } as const
  expect(choose([manager('m1'), manager('m2'), manager('m3'), manager('m4', witness)])).toEqual([undefined, 'm3'])
  expect(choose([...three.slice(0, 2), manager('m3', { ...witness, ...down }), worker('w1')])).toEqual(['w1', 'm3'])
})

describe('a manager that is gone for good', () => {
  it('is replaced by a healthy worker once the time is over', () => {
    expect(choose([...three, worker('w1')])).toEqual(['w1', 'm3'])
    expect(choose([...three, worker('w1')], { awayMs: graceMs - 1 })).toBeUndefined()
  })

  it('is replaced in the zone that has fewest managers', () => {
    const zone = (name: string): Partial<ObservedNode> => ({ labels: { zone: name } })
    const nodes = [manager('m1', zone('a')), manager('m2', zone('b')), manager('m3', { ...zone('c'), ...down })]
    expect(choose([...nodes, worker('w1', zone('a')), worker('w2', zone('c'))])).toEqual(['w2', 'm3'])
  })

  it.each<[string, Partial<ObservedNode>]>([
    ['is down', down],
    ['takes no tasks', { availability: 'pause' }],
    ['is being drained', { labels: { 'atoll.drain': '1-2' } }],
    ['shall never be one', { labels: { manager: 'never' } }],
  ])('is not replaced by a worker that %s, and stays one', (_why, change) => {
    expect(choose([...three, worker('w1', change)])).toBeUndefined()
  })

  it('is only demoted where one more was made already, or two are gone', () => {
    expect(choose([...three, manager('m4'), worker('w1')])).toEqual([undefined, 'm3'])
    expect(choose([...three, manager('m4'), manager('m5', down)])).toEqual([undefined, 'm3'])
  })

  it('is left alone without a majority', () => {
    expect(choose([manager('m1'), manager('m2', down), worker('w1')])).toBeUndefined()
    expect(choose([manager('m1'), manager('m2', down), manager('m3', down), worker('w1')])).toBeUndefined()
  })
})

describe('an even number of managers that are all there', () => {
  const two = [manager('m1'), manager('m2')]
  it('becomes odd once it has lasted', () => {
    expect(choose([...two, worker('w1')])).toEqual(['w1', undefined])
    expect(choose([...two, worker('w1')], { evenMs: graceMs - 1 })).toBeUndefined()
    expect(choose([...two, manager('m3'), manager('m4')])).toEqual([undefined, 'm4'])
  })

  it('stays where there is no other node, and is waited with while one is away', () => {
    expect(choose(two)).toBeUndefined()
    expect(choose([...two, manager('m3'), manager('m4', down)], { awayMs: 0 })).toBeUndefined()
  })
})

describe('any cluster', () => {
  const anyNode = fc.record({ isManager: fc.boolean(), isDown: fc.boolean(), zone: fc.constantFrom('a', 'b', 'c') })

  it('keeps its majority through each step, comes to an end, and is odd where there are workers', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { minLength: 1, maxLength: 9 }), (given) => {
        let nodes: readonly ObservedNode[] = [
          manager('m1'),
          ...given.map(({ isManager, isDown, zone }, at) =>
            worker(`n${at}`, { isManager, labels: { zone }, ...(isDown ? down : {}) }),
          ),
        ]
        const awaySinceMs = new Map(nodes.flatMap(({ id, state }) => (state === 'ready' ? [] : [[id, 0] as const])))
        const watch = { nowMs, graceMs, awaySinceMs, evenSinceMs: 0, ownId: 'm1-id' }
        for (let steps = 0; ; steps += 1) {
          expect(steps).toBeLessThan(20)
          const step = chooseManagerStep(nodes, watch)
          if (step === undefined) break
          for (const [isManager, changed] of [
            [true, step.promote],
            [false, step.demote],
          ] as const) {
            nodes = nodes.map((node) => (node.id === changed?.id ? { ...node, isManager } : node))
            const managers = nodes.filter((node) => node.isManager)
            expect(managers.filter(({ state }) => state === 'ready').length * 2).toBeGreaterThan(managers.length)
          }
        }
        const managers = nodes.filter((node) => node.isManager)
        const ready = managers.filter(({ state }) => state === 'ready').length
        const hasWorker = nodes.some((node) => !node.isManager && node.state === 'ready')
        const mayBeEven = ready * 2 <= managers.length || !hasWorker || managers.length > 7
        expect(mayBeEven || managers.length % 2 === 1).toBe(true)
      }),
    )
  })
})

describe('what is told of managers', () => {
  it('is nothing of an odd number that are there', () => {
    expect(describeManagers([manager('m1'), manager('m2'), manager('m3'), worker('w1', down)])).toEqual([])
  })

  it('is who is away, and what one more would do', () => {
    expect(describeManagers(three)).toEqual([
      '2 of 3 managers are ready, without m3; if one more is lost, nothing can be changed any more',
    ])
    expect(describeManagers([...three, manager('m4'), manager('m5')])[0]).toContain('1 more may be lost')
    expect(describeManagers([manager('m1'), manager('m2')])[0]).toContain('2 managers are even')
  })
})
