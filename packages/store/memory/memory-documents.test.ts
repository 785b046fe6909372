import { expect, it } from 'vitest'
import { describeDocuments } from '../documents.contract.ts'
import { createMemoryDocuments } from './memory-documents.ts'

const live = new AbortController().signal
const documents = createMemoryDocuments({ clock: { now: () => Date.now() } })

describeDocuments('memory', () => ({ documents, unique: (name) => name, writersAtOnce: 20, propertyRuns: 50 }))

it('takes the time from its clock', async () => {
  const timed = createMemoryDocuments({ clock: { now: () => 42 } })
  expect(await timed.put('notes', 'a', { expected: 0, value: 1 }, live)).toMatchObject({ writtenAtMs: 42 })
})

it('keeps what was written, not what the caller does to it later', async () => {
  const value = { list: [1] }
  const written = await documents.put('notes', 'copied', { expected: 0, value }, live)
  value.list.push(2)
  written.value.list.push(3)
  expect((await documents.find('notes', 'copied', live))?.value).toEqual({ list: [1] })
})
