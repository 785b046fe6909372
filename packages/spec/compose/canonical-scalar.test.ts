import { describe, expect, test } from 'vitest'
import { describe as describeNode, parseScalar } from './canonical-scalar.ts'
import type { Scalar, ScalarValue } from './node.ts'
import { mappingNode, scalarNode, sequenceNode } from './node.ts'
import type { ScalarShape } from './shape.ts'
import { bytes, bytesAsText, decimal, duration, flag, oneOf, text, textOrNumber, whole } from './shape.ts'

const at = { path: 'compose.yaml', line: 1, column: 1 }
const scalar = (value: ScalarValue): Scalar => scalarNode(value, at)
const mode: ScalarShape = { kind: 'file-mode' }

describe('canonical values', () => {
  test.each<[string, ScalarShape, ScalarValue, ScalarValue]>([
    ['text', text(), 'a', 'a'],
    ['empty text', text(), '', ''],
    ['one of several', oneOf('a', 'b'), 'b', 'b'],
    ['text like a pattern', text({ pattern: /^a+$/ }), 'aa', 'aa'],
    ['a number as text', textOrNumber, 80, '80'],
    ['a boolean as text', text({ takesAny: true }), true, 'true'],
    ['a flag', flag, true, true],
    ['a flag from a variable', flag, 'False', false],
    ['a flag of older YAML', flag, 'yes', true],
    ['a whole number', whole(), 3, 3],
    ['a whole number from a variable', whole(), '-3', -3],
    ['a word for a number', whole({ words: { all: -1 } }), 'all', -1],
    ['a number within its limits', whole({ minimum: 0, maximum: 9 }), 9, 9],
    ['a fraction', decimal, '0.5', 0.5],
    ['a fraction in 32 bits', decimal, 0.123456789, 0.12345679],
    ['a size', bytes, '1.5g', '1610612736'],
    ['a size in bytes', bytes, 1024, '1024'],
    ['no limit', bytes, '-1', '-1'],
    ['a duration', duration, '90s', '1m30s'],
    ['a duration of several parts', duration, '1h2m3s', '1h2m3s'],
    ['a file mode', mode, 0o440, '0440'],
    ['a file mode as text', mode, '0440', '0440'],
    ['a file mode with a prefix', mode, '0o644', '0644'],
  ])('%s', (_, shape, value, expected) => {
    expect(parseScalar(scalar(value), shape)).toEqual({ kind: 'ok', value: expected })
  })
})

describe('what is refused', () => {
  test.each<[ScalarShape, ScalarValue, string]>([
    [text(), 80, 'must be text, not the number 80'],
    [text(), null, 'must be text, not empty'],
    [textOrNumber, true, 'must be text or a number, not the boolean true'],
    [oneOf('a', 'b'), 'c', 'must be one of a, b, not "c"'],
    [text({ pattern: /^a+$/ }), 'b', 'must be like ^a+$, not "b"'],
    [flag, 'maybe', 'must be true or false, not "maybe"'],
    [flag, '', 'must be true or false, not ""'],
    [whole(), 1.5, 'must be a whole number, not the number 1.5'],
    [whole(), '', 'must be a whole number, not ""'],
    [whole(), '1x', 'must be a whole number, not "1x"'],
    [whole({ minimum: 0 }), -1, 'must be a whole number from 0, not the number -1'],
    [whole({ minimum: 0, maximum: 9 }), 10, 'must be a whole number from 0 to 9, not the number 10'],
    [whole({ words: { all: -1 } }), 'some', 'must be a whole number or all, not "some"'],
    [decimal, true, 'must be a number, not the boolean true'],
    [bytes, 1.5, 'must be a size, not the number 1.5'],
    [{ ...bytes, minimum: 0 }, -1, 'must be a size, not the number -1'],
    [bytesAsText, 512, 'must be a size, not the number 512'],
    [duration, 10, 'must be a duration, not the number 10'],
    [mode, '0999', 'must be a file mode, not "0999"'],
    [mode, null, 'must be a file mode, not empty'],
  ])('%o for %j', (shape, value, message) => {
    expect(parseScalar(scalar(value), shape)).toMatchObject({ kind: 'error', message })
  })

  test('a number that should be text is shown in quotes', () => {
    expect(parseScalar(scalar(1000), text())).toMatchObject({ hint: 'write "1000" in quotes' })
  })
})

test('values are described as people see them', () => {
  expect(describeNode(sequenceNode([], at))).toBe('a list')
  expect(describeNode(mappingNode([], at))).toBe('a mapping')
  expect(describeNode(scalar(null))).toBe('empty')
  expect(describeNode(scalar('x'.repeat(1_000))).length).toBeLessThan(120)
})
