import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderPlainJson } from '../plain-json.ts'
import { addKey, isSealed, openSeals, parseKeyring, renderKeyring } from './index.ts'
import type { Keyring, Sealed } from './index.ts'

const old = addKey([], randomBytes)
const rotated = addKey(old, randomBytes)
const seals = openSeals({ keys: old })
const context = 'secret shop.production.database'
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const failureOf = (work: () => unknown): Error => {
  try {
    work()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('nothing was thrown')
}

describe('a sealed value', () => {
  it('is plain JSON, opens to what was sealed, and looks another way each time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), fc.string({ unit: 'binary' }), (plain, place) => {
        const sealed = seals.seal(plain, place)
        expect(seals.open(JSON.parse(renderPlainJson(sealed, 'a test')), place)).toEqual(plain)
        expect(seals.seal(plain, place)).not.toEqual(sealed)
        expect(isSealed(sealed)).toBe(true)
      }),
    )
  })

  it('opens in no other place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one !== other)
        const sealed = seals.seal(bytes('value'), one)
        expect(() => seals.open(sealed, other)).toThrow(expect.objectContaining({ code: 'tampered' }))
      }),
    )
  })

  it('does not open when one character of it was changed', () => {
    const sealed = seals.seal(bytes('a value'), context)
    const character = fc.constantFrom(...'ABab01+/=-_ é'.split(''))
    fc.assert(
      fc.property(fc.constantFrom('key', 'nonce', 'data'), fc.nat(), character, (field, at, other) => {
        const text = sealed[field]
        const place = at % text.length
        const changed = text.slice(0, place) + other + text.slice(place + 1)
        fc.pre(changed !== text)
        const opened = failureOf(() => seals.open({ ...sealed, [field]: changed }, context))
        expect(opened).toMatchObject({ name: 'SealError', retry: false })
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['another version', { sealed: 2 }],
    ['another key of the ring', { key: 'other' }],
    ['a shorter nonce', { nonce: 'AAAA' }],
    ['data shorter than its tag', { data: 'AAAA' }],
    ['no data', { data: undefined }],
    ['a field more', { more: 1 }],
  ])('does not open with %s', (_, change) => {
    const sealed = { ...seals.seal(bytes('value'), context), ...change }
    expect(() => seals.open(sealed, context)).toThrow(expect.objectContaining({ name: 'SealError' }))
  })

  it('does not open when it says another key than it was sealed with, though both are there', () => {
    const both = openSeals({ keys: rotated })
    const sealed = seals.seal(bytes('value'), context)
    expect(both.open(sealed, context)).toEqual(bytes('value'))
    const moved = { ...sealed, key: rotated[0]?.id }
    expect(() => both.open(moved, context)).toThrow(expect.objectContaining({ code: 'tampered' }))
  })

  it('is refused when it is too large', () => {
    const sealed = (): Sealed => seals.seal(new Uint8Array(1024 * 1024 + 1), context)
    expect(sealed).toThrow(expect.objectContaining({ code: 'too-large' }))
  })

  it('is told from other values', () => {
    for (const other of [undefined, null, 'text', {}, { sealed: 1 }]) {
      expect(isSealed(other)).toBe(false)
      expect(() => seals.open(other, context)).toThrow(expect.objectContaining({ code: 'malformed' }))
    }
  })
})

describe('rotation', () => {
  it('seals with the newest key, opens with all, and says which is missing', () => {
    const sealed = seals.seal(bytes('a value'), context)
    const both = openSeals({ keys: rotated })
    const anew = both.reseal(sealed, context)
    expect(anew.key).toBe(rotated[0]?.id)
    expect(both.open(sealed, context)).toEqual(both.open(anew, context))
    expect(both.reseal(anew, context)).toEqual(anew)
    const missing = failureOf(() => seals.open(anew, context))
    expect(missing).toMatchObject({ code: 'missing-key', message: expect.stringContaining(anew.key) })
    expect(missing.message).toContain(context)
  })

  it('does not seal anew what was changed', () => {
    const sealed = { ...seals.seal(bytes('a value'), context), nonce: randomBytes(12).toString('base64') }
    expect(() => openSeals({ keys: rotated }).reseal(sealed, context)).toThrow(
      expect.objectContaining({ code: 'tampered' }),
    )
  })

  it('never tells a value or a key', () => {
    const sealed = seals.seal(bytes('the-value'), context)
    const key = Buffer.from(rotated[0]?.key ?? []).toString('base64')
    const text = renderKeyring(rotated).replace('{', '{,')
    const failures = [
      failureOf(() => seals.open(sealed, 'elsewhere')),
      failureOf(() => seals.open({ ...sealed, key: 'gone' }, context)),
      failureOf(() => parseKeyring(text)),
    ]
    for (const { message, stack, cause } of failures) {
      const told = `${message} ${stack} ${String(cause)}`
      expect(told).not.toContain('the-value')
      expect(told).not.toContain(key)
    }
  })
})

describe('a keyring', () => {
  it('is read as it was rendered', () => {
    const count = fc.integer({ min: 1, max: 16 })
    fc.assert(
      fc.property(count, (count) => {
        let keyring: Keyring = []
        for (let key = 0; key < count; key++) keyring = addKey(keyring, randomBytes)
        expect(parseKeyring(renderKeyring(keyring))).toEqual(keyring)
      }),
    )
  })

  it('has no more keys than may be', () => {
    let keyring: Keyring = []
    for (let key = 0; key < 16; key++) keyring = addKey(keyring, randomBytes)
    expect(() => addKey(keyring, randomBytes)).toThrow(expect.objectContaining({ code: 'bad-keyring' }))
  })

  const [first] = JSON.parse(renderKeyring(old)).keys
  it.each([
    ['no JSON', 'text'],
    ['nothing', ''],
    ['another format', JSON.stringify({ format: 2, keys: [first] })],
    ['no keys', JSON.stringify({ format: 1, keys: [] })],
    ['a key twice', JSON.stringify({ format: 1, keys: [first, first] })],
    ['a key of another id', JSON.stringify({ format: 1, keys: [{ ...first, id: 'other' }] })],
    ['a short key', JSON.stringify({ format: 1, keys: [{ ...first, key: 'AAAA' }] })],
    ['too much', `${renderKeyring(old)}${' '.repeat(20_000)}`],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parseKeyring(text)).toThrow(expect.objectContaining({ name: 'SealError', code: 'bad-keyring' }))
  })

  it('opens no seals when it is empty or a key is no key', () => {
    for (const keys of [[], [{ id: 'a', key: new Uint8Array(16) }]]) {
      expect(() => openSeals({ keys })).toThrow(expect.objectContaining({ code: 'bad-keyring' }))
    }
  })
})
