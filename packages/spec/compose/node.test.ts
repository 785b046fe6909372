import { describe, expect, test } from 'vitest'
import {
  countNodes,
  entriesOf,
  filledNode,
  findNode,
  findText,
  hasMarks,
  isEqual,
  itemsOf,
  mapEntries,
  mappingNode,
  mapSection,
  nodeOf,
  renderKey,
  scalarNode,
  sequenceNode,
  withEntries,
  withValue,
} from './node.ts'
import type { Mapping, Node } from './node.ts'

const at = { path: 'compose.yaml', line: 7, column: 3 }
const elsewhere = { path: 'other.yaml', line: 1, column: 1 }
const mapping = (value: object): Mapping => nodeOf(value, at) as Mapping

test('plain data becomes nodes that stand where the short form stands', () => {
  const node = nodeOf({ a: [1, null], b: undefined }, at)
  expect(node).toEqual({
    kind: 'mapping',
    at,
    entries: new Map([
      [
        'a',
        {
          kind: 'sequence',
          at,
          isFilledIn: true,
          items: [
            { kind: 'scalar', value: 1, text: '1', at, isFilledIn: true },
            { kind: 'scalar', value: null, text: '', at, isFilledIn: true },
          ],
        },
      ],
    ]),
  })
  expect(filledNode('x', at).isFilledIn).toBe(true)
})

test('a scalar with another value keeps its place and its mark', () => {
  const node = { ...scalarNode('80', at), mark: 'override' as const }
  expect(withValue(node, 80)).toEqual({ kind: 'scalar', value: 80, text: '80', at, mark: 'override' })
})

test('nodes are found by their keys, where there are any', () => {
  const root = mapping({ a: { b: { c: 'x', d: 1 } }, list: [1] })
  expect(findText(findNode(root, 'a', 'b'), 'c')).toBe('x')
  expect(findText(findNode(root, 'a', 'b'), 'd')).toBeUndefined()
  expect(findNode(root, 'a', 'nothing', 'c')).toBeUndefined()
  expect(findNode(root, 'list', '0')).toBeUndefined()
  expect(entriesOf(findNode(root, 'list'))).toEqual([])
  expect(itemsOf(findNode(root, 'list'))).toHaveLength(1)
  expect(itemsOf(undefined)).toEqual([])
})

test('changes make new nodes and leave the old as they are', () => {
  const root = mapping({ a: 1, b: 2 })
  const changed = withEntries(root, { a: undefined, c: scalarNode(3, at) })
  expect([...changed.entries.keys()]).toEqual(['b', 'c'])
  expect([...root.entries.keys()]).toEqual(['a', 'b'])
  expect([...mapEntries(root, (node, key) => (key === 'a' ? undefined : node)).entries.keys()]).toEqual(['b'])
  expect(mapSection(root, 'a', (section) => section)).toBe(root)
})

describe('equality looks at values, not at places', () => {
  const at2 = (value: unknown): Node => nodeOf(value, elsewhere)

  test.each([
    [1, 1, true],
    ['1', 1, false],
    [null, null, true],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: [] }, { a: {} }, false],
    [[], {}, false],
    [{}, null, false],
  ])('%j and %j', (a, b, expected) => {
    expect(isEqual(nodeOf(a, at), at2(b))).toBe(expected)
  })
})

test('all values within are counted, and marks are seen at any depth', () => {
  const root = mapping({ a: [1, { b: 2 }], c: 'x' })
  expect(countNodes(root)).toBe(6)
  expect(hasMarks(root)).toBe(false)
  const marked = mappingNode([['a', sequenceNode([{ ...scalarNode(1, at), mark: 'override' }], at)]], at)
  expect(hasMarks(marked)).toBe(true)
})

test.each([
  [[], ''],
  [['services', 'web', 'ports', 0, 'target'], 'services.web.ports[0].target'],
  [['a.b', 'c'], 'a.b.c'],
])('the key %j is shown as %s', (path, text) => {
  expect(renderKey(path)).toBe(text)
})
