import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { watchStatus } from './watch-status.ts'

const params = { app: 'shop', environment: 'production' }
const nothing = { services: [], volumes: [], troubledNodes: [], disks: [], names: [], strangers: [] }
const never = 1_000_000

/** `follow` tells of changes; each look at the status is counted. */
const watch = (follow: (signal: AbortSignal) => AsyncGenerator<unknown, void>, everyMs: number) => {
  const ending = new AbortController()
  const looks = { count: 0 }
  const client = {
    call: async () => ({ ref: params, atMs: (looks.count += 1), ...nothing }),
    follow: (_name: string, _input: object, signal: AbortSignal) => follow(signal),
  } as unknown as Client
  const times = { leastMs: 1, everyMs, silentMs: never }
  const seen = watchStatus({ client, times }, params, ending.signal)
  return { seen, looks, ending }
}

test('looks when a control tells of a change, and not before', async () => {
  const change = Promise.withResolvers<void>()
  const { seen, looks, ending } = watch(async function* (signal) {
    yield {}
    await change.promise
    yield {}
    await once(signal, 'abort')
  }, never)
  await seen.next()
  await seen.next()
  const third = seen.next()
  // Longer than the least between two looks.
  await new Promise((resolve) => setImmediate(resolve))
  expect(looks.count).toBe(2)
  change.resolve()
  expect(await third).toMatchObject({ value: { atMs: 3 } })
  ending.abort()
  await expect(seen.next()).rejects.toMatchObject({ name: 'AbortError' })
})

async function* tellNothing(failure: ConstructorParameters<typeof ApiError>[0]): AsyncGenerator<unknown, void> {
  yield* [] as readonly unknown[]
  throw new ApiError(failure)
}

test('looks now and then where no control tells, be it of an older version', async () => {
  const failure = { status: 404, code: 'not-found', detail: 'no such route' }
  const { seen, ending } = watch(() => tellNothing(failure), 5)
  for (const atMs of [1, 2, 3]) expect(await seen.next()).toMatchObject({ value: { atMs } })
  ending.abort()
  await expect(seen.next()).rejects.toMatchObject({ name: 'AbortError' })
})
