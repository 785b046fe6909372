import { describe, expect, test } from 'vitest'
import { createBudget, MAX_DEPTH } from './limits.ts'
import type { Node } from './node.ts'
import { parseYaml } from './parse.ts'
import { createProblemList } from './problem-list.ts'

const parse = (text: string) => {
  const list = createProblemList()
  const nodes = parseYaml({ path: 'compose.yaml', text }, { report: list.report, budget: createBudget() })
  const problems = list.problems().map(({ line, column, message }) => `${line}:${column} ${message}`)
  return { nodes, problems }
}

const plain = (node: Node): unknown => {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'sequence') return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry)]))
}

const values = (text: string): unknown => parse(text).nodes?.map(plain)

describe('documents', () => {
  test.each([
    ['a: 1', [{ a: 1 }]],
    ['a: 1\n---\nb: 2', [{ a: 1 }, { b: 2 }]],
    ['', []],
    ['# nothing\n', []],
    ['---\n---\na: 1', [{ a: 1 }]],
    ['{"a": [1, "2", null]}', [{ a: [1, '2', null] }]],
    ['a: "0644"\nb: 0644', [{ a: '0644', b: 420 }]],
    ['a: |\n  one\n  two\n', [{ a: 'one\ntwo\n' }]],
    ['a: !!str 12', [{ a: '12' }]],
    ['- a\n- b', [['a', 'b']]],
    ['"true": x', [{ true: 'x' }]],
    ['? a', [{ a: null }]],
    ['on: x\ny: z', [{ on: 'x', y: 'z' }]],
  ])('%j', (text, expected) => {
    expect(values(text)).toEqual(expected)
  })
})

describe('aliases and merge keys', () => {
  test.each([
    ['a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
    ['a: &x {k: 1}\nb: {<<: *x, l: 2}', { a: { k: 1 }, b: { l: 2, k: 1 } }],
    ['a: &x {k: 1}\nb: {k: 9, <<: *x}', { a: { k: 1 }, b: { k: 9 } }],
    ['a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}', { a: { k: 1 }, b: { k: 2, l: 3 }, c: { k: 1, l: 3 } }],
    ['a: &x [{k: 1}, {l: 2}]\nb: {<<: *x}', { a: [{ k: 1 }, { l: 2 }], b: { k: 1, l: 2 } }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['a: {"<<": 1}', { a: { '<<': 1 } }],
  ])('%s', (text, expected) => {
    expect(values(text)).toEqual([expected])
  })
})

test('a value stands where its key stands, an alias where it is used', () => {
  const [root] = parse('a: &x\n  - one\nb: *x\n').nodes ?? []
  if (root?.kind !== 'mapping') throw new Error('no mapping')
  expect(root.entries.get('a')?.at).toEqual({ path: 'compose.yaml', line: 1, column: 1 })
  expect(root.entries.get('b')?.at).toEqual({ path: 'compose.yaml', line: 3, column: 1 })
  const list = root.entries.get('b')
  expect(list?.kind === 'sequence' && list.items[0]?.at).toEqual({ path: 'compose.yaml', line: 2, column: 5 })
})

test('the tags of the merge become marks; a reset item is not there', () => {
  const [root] = parse('a: !reset\nb: !override [1]\nc: [1, !reset 2]\nd: 4').nodes ?? []
  if (root?.kind !== 'mapping') throw new Error('no mapping')
  expect([...root.entries].map(([key, { mark }]) => [key, mark])).toEqual([
    ['a', 'reset'],
    ['b', 'override'],
    ['c', undefined],
    ['d', undefined],
  ])
  expect(plain(root)).toMatchObject({ c: [1] })
})

describe('what is wrong', () => {
  test.each([
    ['a: [1, 2', ['1:9 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]']],
    [
      'a: 1\na: 2\nb: 1\nb: 2',
      ['2:1 the key a stands here again; it is on line 1 too', '4:1 the key b stands here again; it is on line 3 too'],
    ],
    ['a:\n  12: x\n  true: y', ['2:3 the key 12 is not text', '3:3 the key true is not text']],
    ['a: *nowhere', ['1:4 the alias *nowhere stands before or inside its anchor, or has none']],
    ['a: &x [*x]', ['1:8 the alias *x stands before or inside its anchor, or has none']],
    ['a: {<<: 3}', ['1:5 << takes a mapping or a list of mappings']],
    ['a: &x {}\nb:\n  <<: *x\n  <<: *x', ['4:3 the key << stands here again']],
    ['? [a]\n: 1', ['1:3 the key here is not text']],
  ])('%s', (text, problems) => {
    const result = parse(text)
    expect(result.problems).toEqual(problems)
    expect(result.nodes).toBeUndefined()
  })

  test('a tab as indentation', () => {
    expect(parse('a:\n\tb: 1').problems[0]).toMatch(/^2:1 not YAML: Tabs/)
  })
})

describe('what is too much', () => {
  const letters = 'abcdefghi'.split('')
  const numbers = '1, 2, 3, 4, 5, 6, 7, 8, 9'
  const laughs = letters.map((letter, index) => {
    const earlier = `*${letters[index - 1]}, `.repeat(9)
    return `${letter}: &${letter} [${index === 0 ? numbers : earlier}]`
  })
  const keys = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}: v`)
  const merges = Array.from({ length: 2_000 }, (_, index) => `m${index}: {<<: *a}`)
  const deep = Array.from({ length: MAX_DEPTH + 20 }, (_, index) => `${' '.repeat(index)}a:`)

  test.each([
    ['a hundred thousand keys', keys(100_000).join('\n'), 'tokens of YAML'],
    ['aliases to aliases', laughs.join('\n'), 'stand for more than'],
    ['a mapping merged often', `a: &a {${keys(100).join(', ')}}\n${merges.join('\n')}`, 'stand for more than'],
    ['lists in lists', '['.repeat(500_000), 'deep'],
    ['lists in lists, as a block', '- '.repeat(400_000), 'deep'],
    ['mappings in mappings', deep.join('\n'), 'deep'],
    ['a million characters', '# comment\n'.repeat(110_000), 'characters'],
  ])('%s', (_, text, reason) => {
    const result = parse(text)
    expect(result.nodes).toBeUndefined()
    expect(result.problems).toHaveLength(1)
    expect(result.problems[0]).toContain(reason)
  })
})
