import { describe, expect, test } from 'vitest'
import { renderReply } from './render-reply.ts'

const items = Array.from({ length: 100 }, (_, number) => ({ number, text: 'x'.repeat(50) }))
const numbers = (text: string | undefined): readonly number[] =>
  (JSON.parse(text ?? '') as { items: { number: number }[] }).items.map(({ number }) => number)

describe('a reply', () => {
  test('that is short comes whole, without a note', () => {
    expect(renderReply({ items: items.slice(0, 3), next: '7' }, { cuts: 'last', most: 1_000 })).toEqual([
      JSON.stringify({ items: items.slice(0, 3), next: '7' }),
    ])
    expect(renderReply(undefined, { cuts: 'last' })).toEqual(['null'])
  })

  test('with too long a list keeps whole items from one end, and says how many', () => {
    const [text, note] = renderReply({ items, next: '7', of: 'shop' }, { cuts: 'last', most: 1_000 })
    expect(text?.length).toBeLessThan(1_100)
    expect(numbers(text)).toEqual(numbers(JSON.stringify({ items: items.slice(0, numbers(text).length) })))
    expect(JSON.parse(text ?? '')).toMatchObject({ of: 'shop' })
    expect(text).not.toContain('next')
    expect(note).toContain(`the first ${numbers(text).length} of 100 items`)
    const [newest] = renderReply({ items }, { cuts: 'first', most: 1_000 })
    expect(numbers(newest).at(-1)).toBe(99)
  })

  test('that is long and no list is cut, and one item too long is too', () => {
    const [text, note] = renderReply({ a: 'y'.repeat(5_000) }, { cuts: 'last', most: 1_000 })
    expect([text?.length, note]).toEqual([1_000, expect.stringContaining('first 1000 of 5008 characters')])
    expect(renderReply({ items: ['z'.repeat(5_000)] }, { cuts: 'last', most: 1_000 })[0]).toHaveLength(1_000)
  })
})
