import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { limits } from './limits.ts'
import { shareDocuments } from './recent-documents.ts'
import { emptyCopy } from './view/copy.ts'

const never = new AbortController().signal

it('answers from the copy while that is young, and asks the engine when it is not', async () => {
  const { documents } = openStage()
  await documents.put('environment', 'shop.production', { expected: 0, value: 'in the engine' }, never)
  const [stored] = await documents.list('environment', {}, never)
  const copied = { ...stored, value: 'in the copy' }
  let ageMs: number = limits.recentDocumentsMs
  const copy = { ...emptyCopy, ageMs: () => ageMs, find: () => copied as never, list: () => [copied] as never }
  const recent = shareDocuments({ documents, copy })
  expect(await recent.find('environment', 'shop.production', never)).toMatchObject({ value: 'in the copy' })
  expect(await recent.list('environment', {}, never)).toMatchObject([{ value: 'in the copy' }])
  ageMs += 1
  expect(await recent.find('environment', 'shop.production', never)).toMatchObject({ value: 'in the engine' })
  expect(await recent.list('environment', {}, never)).toMatchObject([{ value: 'in the engine' }])
})
