import { expect, test } from 'vitest'
import { findCycle } from './cycle.ts'

const graph = (edges: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, readonly string[]> =>
  new Map(Object.entries(edges))

test.each([
  [{}, undefined],
  [{ a: [] }, undefined],
  [{ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, undefined],
  [{ a: ['nowhere'] }, undefined],
  [{ a: ['a'] }, ['a']],
  [{ a: ['b'], b: ['a'] }, ['a', 'b']],
  [{ start: ['a'], a: ['b'], b: ['c'], c: ['a'] }, ['a', 'b', 'c']],
])('the circle of %j is %j', (edges, cycle) => {
  expect(findCycle(graph(edges as Record<string, string[]>))).toEqual(cycle)
})

test('a graph of many paths and a long chain are walked once', () => {
  const layers = Array.from({ length: 40 }, (_, layer) => [`l${layer}a`, `l${layer}b`])
  const edges = layers.flatMap((layer, index) => layer.map((name) => [name, layers[index + 1] ?? []] as const))
  const chain = Array.from({ length: 50_000 }, (_, index) => [`c${index}`, [`c${index + 1}`]] as const)
  expect(findCycle(new Map<string, readonly string[]>([...edges, ...chain]))).toBeUndefined()
})
