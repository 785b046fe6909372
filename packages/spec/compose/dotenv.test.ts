import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDotenv } from './dotenv.ts'

/** Of a busy machine; what reads a text once per character takes minutes. */
const PATIENCE_MS = 20_000

const outside: Readonly<Record<string, string>> = { HOST: 'from outside', EMPTY: '' }
const lookup = (name: string): string | undefined => outside[name]
const parse = (text: string): Readonly<Record<string, string>> | string => {
  const result = parseDotenv(text, lookup)
  return result.kind === 'ok' ? Object.fromEntries(result.values) : `line ${result.line}: ${result.message}`
}

describe('parseDotenv', () => {
  it.each([
    ['A=1\nB = 2\n  C=3 \n', { A: '1', B: '2', C: '3' }],
    ['A: one\nB:two', { A: 'one', B: 'two' }],
    ['export A=1\nexport\tB=2\nexported=3', { A: '1', B: '2', exported: '3' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['# first\n\n  # second\nA=1 # third\nB=a#b\nC=#c', { A: '1', B: 'a#b', C: '#c' }],
    ['A=\nB= \nC=""', { A: '', B: '', C: '' }],
    ['a.b-c[0]=1', { 'a.b-c[0]': '1' }],
    ['HOST\nNONE\nA=1', { HOST: 'from outside', A: '1' }],
    ['A=1\nB=$A ${A}\nC=${NONE:-$B}', { A: '1', B: '1 1', C: '1 1' }],
    ['HOST=mine\nA=$HOST', { HOST: 'mine', A: 'from outside' }],
    [`A='$HOST \\n \\' #'`, { A: "$HOST \\n ' #" }],
    ['A="$HOST" # comment\nB="a # b"', { A: 'from outside', B: 'a # b' }],
    ['A="a\\tb\\nc \\\\ \\" \\q \\$HOST $$HOST"', { A: 'a\tb\nc \\ " \\q $HOST $HOST' }],
    ['A="\\0101\\07\\0777"', { A: 'A\\7\\777' }],
    ['A="one\ntwo"\nB=\'three\nfour\'', { A: 'one\ntwo', B: 'three\nfour' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=$$HOST', { A: '$HOST' }],
    ['LAST', { '': 'LAST' }],
    ['export\n', {}],
    ['', {}],
  ])('%j', (text, values) => {
    expect(parse(text)).toEqual(values)
  })

  it.each([
    ['A=1\n\n"B"=2', 'line 3: unexpected character "\\"" in variable name "\\"B\\"=2"'],
    ['A B=1', 'line 1: variable name "A B" has a space'],
    ['A="one\ntwo', 'line 1: unterminated quoted value "\\"one"'],
    ["A=1\nB='two\\'", 'line 2: unterminated quoted value "\'two\\\\\'"'],
    ['A=1\nB=${NONE:?is needed}', 'line 2: required variable NONE is missing a value: is needed'],
    [
      'A=1\n# a\nB="\n${"',
      'line 3: invalid interpolation in "\\n${"; write $$ for a dollar sign that begins no variable',
    ],
    ['export ', 'line 1: nothing is exported'],
  ])('%j is an error', (text, message) => {
    expect(parse(text)).toBe(message)
  })

  it('keeps the order of the file and names what stands alone', () => {
    const result = parseDotenv('Z=1\nHOST\nA=2\nNONE\n', lookup)
    expect(result.kind === 'ok' && [...result.values.keys()]).toEqual(['Z', 'HOST', 'A'])
    expect(result).toMatchObject({ inherited: ['HOST', 'NONE'] })
  })

  it('gives back what was quoted', { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$')
        expect(parse(`A="${escaped}"\nB=2`)).toEqual({ A: value, B: '2' })
      }),
    )
  })

  it('never throws', () => {
    const piece = fc.constantFrom('A', '=', ':', ' ', '\n', '"', "'", '\\', '#', '$', '${', '}', 'export ', '\t', 'é')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(['ok', 'error']).toContain(parseDotenv(pieces.join(''), lookup).kind)
      }),
    )
  })

  it('reads large files in one pass', { timeout: PATIENCE_MS }, () => {
    expect(parse('# comment\n'.repeat(200_000))).toEqual({})
    expect(parse(`A="${'\\n'.repeat(1_000_000)}"`)).toEqual({ A: '\n'.repeat(1_000_000) })
    expect(parse(`A=a${' '.repeat(1_000_000)}b`)).toEqual({ A: `a${' '.repeat(1_000_000)}b` })
  })

  it('refuses a file that doubles with each line', () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `A${index + 1}=$A${index}$A${index % 17}`)
    expect(parse(['A0=0123456789', ...lines].join('\n'))).toMatch(/^line \d+: variables add more than \d+ characters/)
  })
})
