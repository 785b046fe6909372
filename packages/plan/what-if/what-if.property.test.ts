import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSatisfied } from '../constraints.ts'
import { occupancies } from './arbitraries.ts'
import type { Occupancy } from './occupancy.ts'
import { whatIf, whatIfEach } from './what-if.ts'

/** With some of its nodes to lose, never the manager. */
const losses = occupancies.chain((occupancy) => {
  const ids = occupancy.nodes.filter(({ isManager }) => !isManager).map(({ id }) => id)
  return fc.record({ occupancy: fc.constant(occupancy), lost: fc.subarray(ids), more: fc.subarray(ids) })
})

const totalAfter = (occupancy: Occupancy, lost: readonly string[]): number => {
  const { totals } = whatIf(occupancy, lost)
  return occupancy.services.reduce((sum, { tasks }) => sum + tasks.length, 0) - totals.tasks + totals.moved
}

describe('whatever runs', () => {
  it('losing nothing changes nothing', () => {
    fc.assert(
      fc.property(occupancies, (occupancy) => {
        const { survives, services, nodes } = whatIf(occupancy, [])
        expect([survives, services]).toEqual([true, []])
        const tasks = nodes.reduce((sum, node) => sum + node.tasks, 0)
        expect(tasks).toBe(occupancy.services.reduce((sum, service) => sum + service.tasks.length, 0))
      }),
    )
  })

  it('every task is counted once: it stays, moves, is lost, or goes with its node', () => {
    fc.assert(
      fc.property(losses, ({ occupancy, lost }) => {
        const { services, nodes } = whatIf(occupancy, lost)
        for (const { mode, before, after, moved, lost: missing } of services) {
          expect(after).toBeLessThanOrEqual(before)
          expect(moved + missing).toBeLessThanOrEqual(before)
          expect(mode === 'global' || before - after === missing).toBe(true)
        }
        expect(nodes.reduce((sum, { tasks }) => sum + tasks, 0)).toBe(totalAfter(occupancy, lost))
      }),
    )
  })

  it('what is placed stays within what the nodes have', () => {
    fc.assert(
      fc.property(losses, ({ occupancy, lost }) => {
        const { nodes, services } = whatIf(occupancy, lost)
        const free = nodes.reduce((sum, { freeMemoryBytes }) => sum + freeMemoryBytes, 0)
        const stay = occupancy.nodes.filter(({ id }) => !lost.includes(id))
        const taken = sumReserved(occupancy, { lost, services })
        expect(free + taken).toBe(stay.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0))
      }),
    )
  })

  it('what finds no node is kept off every one by a rule that holds', () => {
    fc.assert(
      fc.property(losses, ({ occupancy, lost }) => {
        const { services, nodes } = whatIf(occupancy, lost)
        for (const { service, mode, lost: missing, obstacles, because } of services) {
          if (missing === 0 || mode === 'global') continue
          expect(because).not.toEqual([])
          expect(obstacles.map(({ node }) => node).toSorted()).toEqual(nodes.map(({ node }) => node).toSorted())
          const { rules } = occupancy.services.find(({ name }) => name === service) ?? {}
          for (const { node: name, rule } of obstacles) {
            const node = occupancy.nodes.find((each) => each.name === name)
            const isMet = node !== undefined && rules?.placement.constraints.every((each) => isSatisfied(each, node))
            expect([name, rule === 'state' || isMet]).toEqual([name, rule !== 'constraint'])
          }
        }
      }),
    )
  })

  it('of one service alone, losing more never leaves more', () => {
    fc.assert(
      fc.property(losses, ({ occupancy, lost, more }) => {
        for (const service of occupancy.services) {
          const alone = { ...occupancy, services: [service] }
          const both = [...new Set([...lost, ...more])]
          expect(totalAfter(alone, both)).toBeLessThanOrEqual(totalAfter(alone, lost))
        }
      }),
    )
  })

  it('asking of each node in turn is asking of each', () => {
    fc.assert(
      fc.property(occupancies, (occupancy) => {
        expect(whatIfEach(occupancy)).toEqual(occupancy.nodes.map(({ id }) => whatIf(occupancy, [id])))
      }),
    )
  })

  it('is left as it was', () => {
    fc.assert(
      fc.property(losses, ({ occupancy, lost }) => {
        const before = structuredClone(occupancy)
        whatIf(occupancy, lost)
        expect(occupancy).toEqual(before)
      }),
    )
  })
})

interface After {
  readonly lost: readonly string[]
  readonly services: ReturnType<typeof whatIf>['services']
}

const sumReserved = (occupancy: Occupancy, { lost, services }: After): number =>
  occupancy.services.reduce((sum, { name, rules, tasks }) => {
    const kept = tasks.filter(({ nodeId }) => !lost.includes(nodeId)).length
    const { moved = 0 } = services.find(({ service }) => service === name) ?? {}
    return sum + (kept + moved) * rules.reservations.memoryBytes
  }, 0)
