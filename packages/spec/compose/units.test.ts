import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseByteSize, parseDurationMs, renderByteSize, renderDuration } from './units.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe('durations', () => {
  it.each([
    ['30s', 30 * SECOND, '30s'],
    ['1h5m30s20ms', HOUR + 5 * MINUTE + 30_020, '1h5m30.02s'],
    ['90s', 90 * SECOND, '1m30s'],
    ['60s', MINUTE, '1m0s'],
    ['1h', HOUR, '1h0m0s'],
    ['1.5h', 1.5 * HOUR, '1h30m0s'],
    ['.5s', 500, '500ms'],
    ['0.349s', 349, '349ms'],
    ['1.s', SECOND, '1s'],
    ['1d', 24 * HOUR, '24h0m0s'],
    ['2w1d', 15 * 24 * HOUR, '360h0m0s'],
    ['1500us', 1.5, '1.5ms'],
    ['1µs1ns', 0.001_001, '1.001µs'],
    ['7μs', 0.007, '7µs'],
    ['3ns', 0.000_003, '3ns'],
    ['1s1ns', 1_000.000_001, '1.000000001s'],
    ['-1m', -MINUTE, '-1m0s'],
    ['+1m', MINUTE, '1m0s'],
    ['0', 0, '0s'],
    ['0s', 0, '0s'],
    ['100000h', 100_000 * HOUR, '100000h0m0s'],
  ])('%s is %d ms and is written %s', (text, durationMs, canonical) => {
    expect(parseDurationMs(text)).toEqual({ kind: 'ok', value: durationMs })
    expect(renderDuration(durationMs)).toBe(canonical)
  })

  it.each([
    ['30', 'has no unit'],
    ['1.5', 'has no unit'],
    ['', 'is empty'],
    ['-', 'is empty'],
    ['s', 'is not one'],
    ['.s', 'is not one'],
    ['1s2', 'is not one'],
    ['1 s', 'unknown unit " s"'],
    ['1y', 'unknown unit "y"'],
    ['1constructor', 'unknown unit "constructor"'],
    ['9999999999h', 'longer than 292 years'],
  ])('%j is refused: %s', (text, reason) => {
    expect(parseDurationMs(text)).toMatchObject({ kind: 'error', message: expect.stringContaining(reason) })
  })

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (durationMs) => {
        expect(parseDurationMs(renderDuration(durationMs))).toEqual({ kind: 'ok', value: durationMs })
      }),
    )
  })
})

describe('byte sizes', () => {
  it.each([
    ['0', 0],
    ['1024', 1_024],
    ['10m', 10 * 2 ** 20],
    ['10M', 10 * 2 ** 20],
    ['1.5gb', 1.5 * 2 ** 30],
    ['64KiB', 64 * 2 ** 10],
    ['64 kb', 64 * 2 ** 10],
    ['2t', 2 * 2 ** 40],
    ['7b', 7],
    ['1.9', 1],
    ['.5k', 512],
    ['1e3', 1_000],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseByteSize(text)).toEqual({ kind: 'ok', value: bytes })
  })

  it.each(['', 'm', '-1', '1x', '1kk', '1bb', '1kib2', '1  k', ' 1k', '1_000', '99p1', '999p'])(
    '%j is refused',
    (text) => {
      expect(parseByteSize(text)).toMatchObject({ kind: 'error', message: expect.stringContaining(`size "${text}"`) })
    },
  )

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        expect(parseByteSize(renderByteSize(bytes))).toEqual({ kind: 'ok', value: bytes })
      }),
    )
  })

  it('reads a long line of digits once', () => {
    const long = '9'.repeat(1_000_000)
    expect([parseByteSize(`${long}x`), parseDurationMs(`${long}y`)]).toMatchObject([
      { kind: 'error' },
      { kind: 'error' },
    ])
  })
})
