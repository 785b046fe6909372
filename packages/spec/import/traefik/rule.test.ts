import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRule } from './rule.ts'

/** `host a & path b | ...` */
const render = (text: string): string => {
  const parsed = parseRule(text)
  if (parsed.kind === 'error') return `fault: ${parsed.message}`
  return parsed.value
    .map((matchers) => matchers.map(({ name, args }) => [name, ...args].join(' ')).join(' & '))
    .join(' | ')
}

describe('a rule of Traefik', () => {
  test.each([
    ['Host(`a`)', 'host a'],
    [' Host("a") && PathPrefix(`/b`) ', 'host a & pathprefix /b'],
    ['Host(`a`) || Host(`b`) && Path(`/c`)', 'host a | host b & path /c'],
    [
      '(Host(`a`) || Host(`b`)) && (Path(`/c`)||Path(`/d`))',
      'host a & path /c | host a & path /d | host b & path /c | host b & path /d',
    ],
    ['Host(`a`, `b`)', 'host a | host b'],
    ['Method(`GET`,`HEAD`)', 'method GET HEAD'],
    ['HEADERS(`X-A`, "say \\"hi\\"")', 'headers X-A say "hi"'],
    ['((((Host(`a`))))))', 'fault: the rule has ")" where it means nothing'],
    ['Host(`a`) && !Path(`/b`)', 'fault: the rule says what a request must not be (!)'],
    ["Host('a')", `fault: the rule has "'a')" where it means nothing`],
    ['Host(`a`', 'fault: the rule ends too early'],
    ['', 'fault: the rule ends too early'],
    ['Host:a.example.org', 'fault: the rule has ":a.example" where it means nothing'],
  ])('%s is %s', (text, expected) => {
    expect(render(text)).toBe(expected)
  })

  test('of many alternatives is refused, and so are deep parentheses', () => {
    const either = '(Path(`/a`) || Path(`/b`) || Path(`/c`) || Path(`/d`))'
    expect(render([either, either, either].join(' && '))).toBe('fault: the rule has more than 50 alternatives')
    expect(render('('.repeat(100_000))).toContain('parentheses in parentheses')
  })

  test('whatever it is, is read or refused', () => {
    const pieces = fc.constantFrom('Host', '(', ')', '`a`', '"b', '\\', '&&', '||', '!', ',', ' ', '$')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(['ok', 'error']).toContain(parseRule(text).kind)
        },
      ),
      { numRuns: 500 },
    )
  })
})
