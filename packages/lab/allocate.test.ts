import { describe, expect, test } from 'vitest'
import { planSubnet } from './allocate.ts'

describe('planSubnet', () => {
  test.each([
    ['nothing taken', [], 0],
    ['the first taken by a lab', ['10.231.0.0/24'], 1],
    ['a gap is used', ['10.231.0.0/24', '10.231.2.0/24'], 1],
    ['a single address counts', ['default', '10.231.0.77'], 1],
    ['a wide route covers many', ['10.231.0.0/20', '192.168.0.0/16'], 16],
    ['a neighbour does not', ['10.230.0.0/16', '10.232.0.0/16'], 0],
  ] as const)('%s', (_title, taken, expected) => {
    expect(planSubnet(taken)).toBe(expected)
  })

  test('none left', () => {
    expect(planSubnet(['10.0.0.0/8'])).toBeUndefined()
  })
})
