import { createService } from '../fixtures.ts'
import { createObservedNode } from '../simulate.ts'
import { toPlacingRules } from './occupancy.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { whatIfEach } from './what-if.ts'

/** Asking of each of 20 nodes in turn what its loss would do to `N` tasks. */
export interface WhatIfTiming {
  readonly name: `what-if.${number}`
  readonly ms: number
  /** The same nodes and services through JSON and back, which is what merely handing them on costs. */
  readonly otherMs: number
}

const rounds = 7
const perService = 5

/** Median times; `now` is a clock in milliseconds with fractions. */
export const benchWhatIf = (now: () => number, tasks = 10_000): WhatIfTiming => {
  const occupancy = createCrowd(tasks)
  return {
    name: `what-if.${tasks}`,
    ms: measure(() => whatIfEach(occupancy), now),
    otherMs: measure(() => JSON.parse(JSON.stringify(occupancy)), now),
  }
}

const measure = (run: () => unknown, now: () => number): number => {
  const times = Array.from({ length: rounds }, () => {
    const startedAt = now()
    run()
    return now() - startedAt
  })
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0
}

/** Services of five tasks in turn on 20 nodes, each with a reservation, a constraint or a spread. */
const createCrowd = (tasks: number): Occupancy => {
  const nodes = Array.from({ length: 20 }, (_, index) =>
    createObservedNode(`node-${index + 1}`, {
      isManager: index < 3,
      labels: { zone: `zone-${index % 3}` },
      memoryBytes: tasks * 1_200_000,
    }),
  )
  const services = Array.from({ length: tasks / perService }, (_, index): PlacedService => {
    const service = createService(`service-${index}`, {
      mode: { kind: 'replicated', replicas: perService },
      resources: { limits: {}, reservations: { memoryBytes: (index % 40) * 1_000_000 } },
      placement: {
        constraints: index % 2 === 0 ? [`node.labels.zone!=zone-${index % 3}`] : [],
        spread: index % 3 === 0 ? ['node.labels.zone'] : [],
        maxPerNode: index % 5 === 0 ? 1 : 0,
      },
    })
    const on = Array.from(
      { length: perService },
      (_task, at) => nodes[(index * perService + at) % nodes.length]?.id ?? '',
    )
    return {
      ref: { app: `app-${index % 500}`, environment: 'test' },
      name: service.name,
      engineName: service.engineName,
      rules: toPlacingRules(service),
      tasks: on.map((nodeId) => ({ nodeId, isWanted: true, isRunning: true })),
    }
  })
  return { nodes, services }
}
