import { expect, it } from 'vitest'
import { createBell } from './bell.ts'

const never = new AbortController().signal

it('keeps a ring for whoever waits next, and only one', async () => {
  const bell = createBell()
  bell.ring()
  bell.ring()
  await bell.wait(never)
  let isWoken = false
  const waiting = bell.wait(never).then(() => (isWoken = true))
  await Promise.resolve()
  expect(isWoken).toBe(false)
  bell.ring()
  await waiting
})

it('ends a wait by time or signal', async () => {
  const bell = createBell()
  await expect(bell.wait(never, 1)).resolves.toBe(false)
  await expect(bell.wait(AbortSignal.timeout(1))).resolves.toBe(false)
  await expect(bell.wait(AbortSignal.abort())).resolves.toBe(false)
  bell.ring()
  await expect(bell.wait(never, 1)).resolves.toBe(true)
})
