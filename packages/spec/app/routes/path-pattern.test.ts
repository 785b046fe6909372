import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePathPattern } from './path-pattern.ts'

describe('a pattern', () => {
  test.each([
    ['/users/[0-9]+', 0],
    ['^/a(b|c)?/(?:d|e)$', 1],
    ['/a\\.php', 0],
    ['/[^/]{1,20}/(x)', 1],
    ['.*', 0],
    ['(ab){2,3}', 1],
  ])('%s is one', (text, groups) => {
    expect(parsePathPattern(text)).toMatchObject({ kind: 'ok', value: { groups } })
  })

  test.each([
    '(a*)*',
    '(a|b)+',
    '((a)+)+',
    '(a',
    'a)',
    'a**',
    '+a',
    '(?=a)',
    '(?<n>a)',
    '(a)\\1',
    '[z-a]',
    '[a',
    'a{',
    'a{101}',
    'a b',
    "a\n'",
    '.*.*.*.*.*',
    'a$b',
    'a^b',
    'ü',
    '\\',
    '(a{2,9}){2,9}',
  ])('%s is none', (text) => {
    expect(parsePathPattern(text).kind).toBe('error')
  })

  test('whatever it is, compares quickly, also with a path made to take long', () => {
    const pieces = fc.constantFrom('a', 'b', '.', '[ab]', '(', '(?:', ')', '*', '+', '?', '|', '{2,3}', '\\d')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const parsed = parsePathPattern(parts.join(''))
        if (parsed.kind === 'error') return
        // One that does not would be at it for longer than there are seconds.
        expect(new RegExp(`^(?:${parsed.value.pattern})$`).test(`${'a'.repeat(100)}!`)).toBeTypeOf('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
