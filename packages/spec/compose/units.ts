import { renderQuoted } from './parsed.ts'
import type { Parsed } from './parsed.ts'

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
}

/** Go's time.Duration: 64 bits of nanoseconds, 292 years. */
const MAX_DURATION_NS = 2n ** 63n

const DURATION_PART = /(?=\.?\d)(\d{0,19})(?:\.(\d{0,15})\d*)?([^\d.]+)/y

/**
 * Milliseconds of a duration as compose-go reads it: Go's `1h5m30s20ms`, with fractions and `d` and `w` besides; may be
 * negative. A bare number is refused, `0` is not.
 */
export const parseDurationMs = (text: string): Parsed<number> => {
  const sign = text.startsWith('-') ? -1 : 1
  const magnitude = text.replace(/^[-+]/, '')
  if (magnitude === '0') return { kind: 'ok', value: 0 }
  if (/^[\d.]+$/.test(magnitude)) return durationError(text, 'has no unit; write for example "30s"')
  let nanoseconds = 0n
  DURATION_PART.lastIndex = 0
  for (let at = 0; at < magnitude.length; at = DURATION_PART.lastIndex) {
    const [, whole, fraction = '', unit = ''] = DURATION_PART.exec(magnitude) ?? []
    if (whole === undefined) return durationError(text, 'is not one; write for example "1m30s"')
    const factor = Object.hasOwn(NANOSECONDS, unit) ? NANOSECONDS[unit] : undefined
    if (factor === undefined) return durationError(text, `has the unknown unit ${renderQuoted(unit)}; use h, m, s, ms`)
    // Go's own order of operations: a fraction is cut off at the nanosecond only after it met its unit.
    const part = Math.trunc(Number(fraction) * (factor / 10 ** fraction.length))
    nanoseconds += BigInt(whole) * BigInt(factor) + BigInt(part)
  }
  if (magnitude === '') return durationError(text, 'is empty; write for example "30s"')
  if (nanoseconds >= MAX_DURATION_NS) return durationError(text, 'is longer than 292 years')
  return { kind: 'ok', value: sign * (Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1e6) }
}

const durationError = (text: string, reason: string): Parsed<never> => ({
  kind: 'error',
  message: `duration ${renderQuoted(text)} ${reason}`,
})

/** compose-go's canonical text, Go's time.Duration.String(): `1h0m0s`, `1m30s`, `1.5s`, `250ms`, `0s`. */
export const renderDuration = (durationMs: number): string => {
  const sign = durationMs < 0 ? '-' : ''
  const seconds = Math.trunc(Math.abs(durationMs) / 1_000)
  const nanoseconds = Math.round((Math.abs(durationMs) - seconds * 1_000) * 1e6)
  if (seconds === 0) return nanoseconds === 0 ? '0s' : sign + renderBelowSecond(nanoseconds)
  const hours = Math.trunc(seconds / 3_600)
  const minutes = Math.trunc(seconds / 60) % 60
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`
  const head = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : ''
  return `${sign}${head}${seconds % 60}${fraction}s`
}

const renderBelowSecond = (nanoseconds: number): string => {
  if (nanoseconds >= 1e6) return `${nanoseconds / 1e6}ms`
  return nanoseconds >= 1e3 ? `${nanoseconds / 1e3}µs` : `${nanoseconds}ns`
}

const BYTE_FACTORS: Readonly<Record<string, number>> = { b: 0, k: 1, m: 2, g: 3, t: 4, p: 5 }
const BYTE_SIZE = /^\+?(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?) ?(?:b|([kmgtp])(?:i?b)?)?$/i

/**
 * Bytes of a size as docker/go-units' RAMInBytes reads it: `10m`, `1.5gb`, `64KiB`, `1024`; every unit is binary, case
 * means nothing, a fraction of a byte is cut off.
 */
export const parseByteSize = (text: string): Parsed<number> => {
  const [, amount, unit = 'b'] = BYTE_SIZE.exec(text) ?? []
  if (amount === undefined) return sizeError(text, 'is not one; write for example "512m" or "1.5gb"')
  const bytes = Math.trunc(Number(amount) * 1_024 ** (BYTE_FACTORS[unit.toLowerCase()] ?? 0))
  return Number.isSafeInteger(bytes) ? { kind: 'ok', value: bytes } : sizeError(text, 'is more than 8 PiB')
}

const sizeError = (text: string, reason: string): Parsed<never> => ({
  kind: 'error',
  message: `size ${renderQuoted(text)} ${reason}`,
})

/** compose-go's canonical text: the bytes, as a string. */
export const renderByteSize = (bytes: number): string => String(bytes)
