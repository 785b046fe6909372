import { describe, expect, test } from 'vitest'
import { parsePlainScalar, renderFloat } from './plain-scalar.ts'

describe('what an unquoted scalar means', () => {
  test.each([
    ['', null, ''],
    ['~', null, ''],
    ['null', null, ''],
    ['NULL', null, ''],
    ['nUll', 'nUll', 'nUll'],
    ['true', true, 'true'],
    ['False', false, 'false'],
    ['yes', 'yes', 'yes'],
    ['on', 'on', 'on'],
    ['0', 0, '0'],
    ['42', 42, '42'],
    ['-7', -7, '-7'],
    ['+7', 7, '7'],
    ['1_000', 1000, '1000'],
    ['0644', 420, '420'],
    ['0o644', 420, '420'],
    ['0x1F', 31, '31'],
    ['0b101', 5, '5'],
    ['-0x10', -16, '-16'],
    ['089', 89, '89'],
    ['1.10', 1.1, '1.1'],
    ['.5', 0.5, '0.5'],
    ['1e3', 1000, '1000'],
    ['1.', 1, '1'],
    ['18446744073709551615', 2 ** 64, '18446744073709551615'],
    ['1e999', '1e999', '1e999'],
    ['0x', '0x', '0x'],
    ['1.2.3', '1.2.3', '1.2.3'],
    ['12:30', '12:30', '12:30'],
    ['-', '-', '-'],
    ['2024-01-31', '2024-01-31', '2024-01-31'],
    ['+', '+', '+'],
  ])('%s', (source, value, text) => {
    expect(parsePlainScalar(source)).toEqual({ value, text })
  })
})

test.each([
  [0, '0'],
  [0.1, '0.1'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [123456.5, '123456.5'],
  [1234567.5, '1.2345675e+06'],
  [-2e21, '-2e+21'],
])('the fraction %d is printed as Go prints it', (value, text) => {
  expect(renderFloat(value)).toBe(text)
})
