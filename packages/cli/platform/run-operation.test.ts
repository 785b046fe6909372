import { once } from 'node:events'
import { openClient } from '@atoll/api'
import { expect, test } from 'vitest'
import { runOperation } from './run-operation.ts'

const ref = { app: 'shop', environment: 'production' }
const request = { ref, body: { kind: 'restart' as const, services: [] } }

test('who leaves before a deployment is answered for is told that it may go on', async () => {
  const leaving = new AbortController()
  const client = openClient({
    send: async ({ signal }) => {
      queueMicrotask(() => leaving.abort(new Error('interrupted')))
      await once(signal, 'abort')
      throw signal.reason
    },
  })
  const options = { signal: leaving.signal, onEvent: () => {} }
  await expect(runOperation(client, request, options)).rejects.toMatchObject({
    code: 'left',
    message: expect.stringContaining('goes on in the cluster, if'),
    left: { ref, note: expect.stringContaining('atoll status shop/production') },
  })
})

test('what was interrupted before it was sent is not said to go on', async () => {
  const client = openClient({ send: () => Promise.reject(new Error('it was sent')) })
  const options = { signal: AbortSignal.abort(new Error('interrupted')), onEvent: () => {} }
  await expect(runOperation(client, request, options)).rejects.toThrow('interrupted')
})
