import { ApiError } from '@atoll/api'
import { expect, test } from 'vitest'
import { once } from './once.ts'

const never = new AbortController().signal
const refuse = (code: string): ApiError => new ApiError({ status: 409, code, detail: code })

test('what has begun elsewhere is asked for again with the same key, and anything else is thrown', async () => {
  const keys: string[] = []
  const answers = [refuse('under-way'), refuse('under-way'), 'made']
  const work = async (headers: { readonly 'idempotency-key': string }) => {
    keys.push(headers['idempotency-key'])
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  }
  expect(await once(work, never, { pauseMs: 1 })).toBe('made')
  expect(new Set(keys).size).toBe(1)
  const refused = once(async () => Promise.reject(refuse('forbidden')), never)
  await expect(refused).rejects.toMatchObject({ code: 'forbidden' })
})
