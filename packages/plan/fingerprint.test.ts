import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

describe('a fingerprint', () => {
  it('minds neither the order of keys nor one that is undefined', () => {
    expect(fingerprint({ a: 1, b: [{ c: 'x', d: null }] })).toBe(
      fingerprint({ b: [{ d: null, c: 'x' }], a: 1, e: undefined }),
    )
  })

  it('is the same after a trip through JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value))
        expect(fingerprint(copy)).toBe(fingerprint(value))
      }),
    )
  })

  it('tells apart what looks alike', () => {
    const values = [[], {}, '', null, undefined, 0, '0', [''], [[]], ['a', 'b'], ['ab'], { a: 'b' }, { ab: '' }]
    expect(new Set(values.map(fingerprint)).size).toBe(values.length)
  })
})
