import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_GROWTH_CHARACTERS, MAX_NESTING, interpolate } from './template.ts'

/** Of a busy machine; what reads a text once per character takes minutes. */
const PATIENCE_MS = 20_000

const variables: Readonly<Record<string, string>> = { SET: 'sea', EMPTY: '', _x1: 'under', MONEY: '$SET' }
const lookup = (name: string): string | undefined => variables[name]
const valueOf = (text: string): string => {
  const result = interpolate(text, lookup)
  return result.kind === 'ok' ? result.value : `error: ${result.message}`
}

describe('interpolate', () => {
  it.each([
    ['plain', 'plain'],
    ['$SET', 'sea'],
    ['$SET-side', 'sea-side'],
    ['${SET}side', 'seaside'],
    ['$_x1.$SET', 'under.sea'],
    ['$NONE|${NONE}', '|'],
    ['$MONEY', '$SET'],
    ['$$SET $$$SET', '$SET $sea'],
    ['$', '$'],
    ['5$ and $} and $1', '5$ and $} and $1'],
    ['${SET:-a}${EMPTY:-b}${NONE:-c}', 'seabc'],
    ['${SET-a}${EMPTY-b}${NONE-c}', 'seac'],
    ['${SET:+a}${EMPTY:+b}${NONE:+c}', 'a'],
    ['${SET+a}${EMPTY+b}${NONE+c}', 'ab'],
    ['${SET:?a}${SET?b}${EMPTY?c}', 'seasea'],
    ['${NONE:-${EMPTY:-${SET}s}}', 'seas'],
    ['${NONE:-a ${SET} b ${SET} c}', 'a sea b sea c'],
    ['${NONE:-x} and ${NONE:-y} }}', 'x and y }}'],
    ['${NONE-{"a":1}}', '{"a":1}'],
    ['${SET-{"a":1}}', 'sea'],
    ['${NONE:-{}}', '{}'],
    ['${NONE:-{half}', '{half'],
    ['${NONE:-a:?b-c+d}', 'a:?b-c+d'],
    ['${NONE:-$${SET}}', '${SET}'],
    ['${SET:-${}}', 'sea'],
    ['first\n${NONE:-second}\nthird', 'first\nsecond\nthird'],
  ])('%j is %j', (text, value) => {
    expect(valueOf(text)).toBe(value)
  })

  it.each(['${', '${}', '${ SET}', '${SET', '${SET }', '${SET:}', '${1}', '${NONE:-${}}', '${NONE:-two\nlines}'])(
    '%j is an error that names the way out',
    (text) => {
      expect(valueOf(text)).toMatch(/^error: invalid interpolation in .*write \$\$/)
    },
  )

  it('says which required variable is missing, and the reason with its own variables', () => {
    expect(valueOf('a ${NONE:?set it, ${SET}}')).toBe('error: required variable NONE is missing a value: set it, sea')
    expect(valueOf('${EMPTY:?}')).toBe('error: required variable EMPTY is missing a value')
    expect(valueOf('${NONE?}')).toBe('error: required variable NONE is missing a value')
  })

  it('lists once what was taken as empty, and nothing that has a default or was not read', () => {
    const result = interpolate('$A ${B} $A ${C:-$D} ${E:+$F} ${SET:-$G}', lookup)
    expect(result).toEqual({ kind: 'ok', value: '     sea', unset: ['A', 'B', 'D'] })
  })

  it('leaves text without a dollar sign alone and gives back what escaping took', { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(valueOf(text.replaceAll('$', '$$$$'))).toBe(text)
      }),
    )
  })

  it('never throws', () => {
    const piece = fc.constantFrom('$', '${', '}', '{', 'SET', 'NONE', ':-', '-', ':?', '?', '+', ' ', '\n', '$$')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(['ok', 'error']).toContain(interpolate(pieces.join(''), lookup).kind)
      }),
    )
  })
})

describe('hostile templates', () => {
  it('refuses nesting without end', () => {
    expect(valueOf('${NONE:-'.repeat(MAX_NESTING + 1) + '}'.repeat(MAX_NESTING + 1))).toContain('nested more than')
    expect(valueOf('${NONE:-'.repeat(MAX_NESTING) + 'x' + '}'.repeat(MAX_NESTING))).toBe('x')
  })

  it('refuses growth without end', () => {
    const result = interpolate('$BIG'.repeat(100), () => 'x'.repeat(MAX_GROWTH_CHARACTERS / 50))
    expect(result).toMatchObject({ kind: 'error', message: expect.stringContaining('add more than') })
  })

  it('reads a long line of variables once', { timeout: PATIENCE_MS }, () => {
    expect(valueOf('${NONE:-x}'.repeat(100_000) + ' '.repeat(1_000_000))).toHaveLength(1_100_000)
    expect(valueOf('${NONE:-{'.repeat(20_000) + '}')).toContain('invalid interpolation')
  })
})
