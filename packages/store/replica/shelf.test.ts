import { expect, it } from 'vitest'
import { limits } from './limits.ts'
import { createShelf } from './shelf.ts'
import type { Seen } from './shelf.ts'

const seenAt = (index: number): Seen => {
  const content = { collection: 'notes', id: 'a', revision: index, value: index, writtenAtMs: index }
  return { collection: 'notes', id: 'a', revision: index, index, bytes: 1, content }
}

it('what was taken away comes back as it was or newer, and never older: a manager may lag behind', () => {
  const shelf = createShelf(undefined, limits)
  shelf.put('notes.a', seenAt(5))
  shelf.put('notes.a', undefined)
  shelf.put('notes.a', seenAt(3))
  expect(shelf.get('notes.a')).toBeUndefined()
  shelf.put('notes.a', seenAt(5))
  expect(shelf.get('notes.a')?.index).toBe(5)
  shelf.put('notes.a', undefined)
  shelf.put('notes.a', seenAt(7))
  expect(shelf.get('notes.a')?.index).toBe(7)
})
