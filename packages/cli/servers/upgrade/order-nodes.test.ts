import type { HeldNode } from '@atoll/plan'
import { expect, test } from 'vitest'
import { orderNodes } from './order-nodes.ts'

const node = (name: string, role: HeldNode['role']): HeldNode => ({
  id: `id-${name}`,
  name,
  role,
  state: 'ready',
  availability: 'active',
  isWitness: false,
  engineVersion: '20.10.24',
  address: '10.0.0.1',
  nanoCpus: 0,
  memoryBytes: 0,
  heldNanoCpus: 0,
  heldMemoryBytes: 0,
  tasks: 0,
})
const nodes = [node('a', 'leader'), node('b', 'manager'), node('c', 'worker'), node('d', 'manager')]
const order = (names: readonly string[], isAll = false) => orderNodes(nodes, { names, isAll }).map(({ name }) => name)

test('workers come first and the leader last, each once', () => {
  expect(order([], true)).toEqual(['c', 'b', 'd', 'a'])
  expect(order(['a', 'd', 'id-d', 'c'])).toEqual(['c', 'd', 'a'])
})

test('what means no node, or all and some, is refused', () => {
  expect(() => order([])).toThrow('say which nodes, or --all')
  expect(() => order(['a'], true)).toThrow('say which nodes, or --all')
  expect(() => order(['a', 'z'])).toThrow('z: no such node')
})
