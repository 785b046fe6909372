import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node } from './node.ts'
import { itemsOf, nodeOf } from './node.ts'
import { toKeyValues, toPairs } from './pairs.ts'
import { keyValues } from './shape.ts'
import type { PairsShape } from './shape.ts'

const at = { path: 'compose.yaml', line: 1, column: 1 }
const node = (value: unknown): Node => nodeOf(value, at)

const readMapping = (value: unknown, missing: '' | null = null): unknown => {
  const result = toKeyValues(node(value), keyValues(missing))
  if (result.kind === 'error') return result.faults.map(({ key, message }) => [key, message])
  return Object.fromEntries(
    [...result.value.entries].map(([key, entry]) => [key, entry.kind === 'scalar' ? entry.value : entry.kind]),
  )
}

const readList = (value: unknown, change: Partial<PairsShape> = {}): unknown => {
  const parse: PairsShape['parse'] = (text) =>
    text === 'bad' ? { kind: 'error', message: 'is bad' } : { kind: 'ok', value: text }
  const result = toPairs(node(value), { kind: 'pairs', parse, ...change })
  if (result.kind === 'error') return result.faults.map(({ message }) => message)
  return itemsOf(result.value).map((item) => (item.kind === 'scalar' ? item.text : item.kind))
}

describe('keys and values as a mapping', () => {
  test.each<[unknown, unknown]>([
    [['A=1', 'B='], { A: '1', B: '' }],
    [['A=1=2'], { A: '1=2' }],
    [['A'], { A: null }],
    [['A=1', 'A=2'], { A: '2' }],
    [[], {}],
    [
      { A: 1, B: true, C: null, D: '' },
      { A: '1', B: 'true', C: null, D: '' },
    ],
    ['A=1', [[undefined, 'must be a mapping or a list of KEY=VALUE, not "A=1"']]],
    [
      ['A=1', 5, { B: 2 }],
      [
        [1, 'must be written KEY=VALUE, not as the number 5'],
        [2, 'must be written KEY=VALUE, not as a mapping'],
      ],
    ],
    [['A =1'], [[0, 'the name "A " ends in a space']]],
    [{ A: [1], B: 2 }, [['A', 'must be one value, not a list']]],
  ])('%j', (value, expected) => {
    expect(readMapping(value)).toEqual(expected)
  })

  test('a label without a value has an empty one, and may end in a space', () => {
    expect(readMapping(['a', 'b =1'], '')).toEqual({ a: '', 'b ': '1' })
    expect(readMapping({ a: null }, '')).toEqual({ a: '' })
  })

  test('both ways of writing mean the same', () => {
    const names = fc.stringMatching(/^[A-Z_]{1,5}$/)
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), (values) => {
        const list = Object.entries(values).map(([key, value]) => `${key}=${value}`)
        expect(readMapping(list)).toEqual({ ...values })
        expect(readMapping(list)).toEqual(readMapping(values))
      }),
    )
  })
})

describe('keys and values as a list', () => {
  test.each<[unknown, unknown, Partial<PairsShape>?]>([
    [
      ['b=1', 'a', 'b=1'],
      ['b=1', 'a'],
    ],
    [['b', 'a'], ['a', 'b'], { isSorted: true }],
    [{ b: 1, a: null }, ['a', 'b=1']],
    [{ host: ['10.0.0.1', '10.0.0.2'] }, ['host=10.0.0.1', 'host=10.0.0.2']],
    ['a=1', ['must be a list of texts or a mapping, not "a=1"']],
    ['a=1', ['a=1'], { takesScalar: true }],
    [5, ['must be a list of texts or a mapping, not the number 5'], { takesScalar: true }],
    [['a', 5], ['must be a list of texts or a mapping, not a list']],
    [
      ['bad', 'a', 'bad'],
      ['is bad', 'is bad'],
    ],
  ])('%j', (value, expected, change) => {
    expect(readList(value, change)).toEqual(expected)
  })
})
