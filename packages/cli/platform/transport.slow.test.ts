import { openClient } from '@atoll/api'
import { expect, test } from 'vitest'
import { openTestServer } from './test-server.ts'
import { openTransport } from './transport.ts'

test('who waits for controls that do not answer is told, before it is given up', async () => {
  await using server = await openTestServer(() => ({ status: 200, body: {} }))
  await server[Symbol.asyncDispose]()
  const told: string[] = []
  await using transport = openTransport({
    urls: [server.url],
    authorityPem: server.authorityPem,
    patienceMs: 2_500,
    onSilence: () => void told.push('silent'),
  })
  const asked = openClient({ send: transport.send }).call('getHealth', {}, AbortSignal.timeout(30_000))
  await expect(asked.finally(() => told.push('over'))).rejects.toMatchObject({ code: 'unreachable' })
  expect(told.at(0)).toBe('silent')
  expect(told.at(-1)).toBe('over')
})
