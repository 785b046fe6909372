import { openClient } from '@atoll/api'
import { expect, test } from 'vitest'
import { followStatus } from './follow-status.ts'
import { openTestServer } from './test-server.ts'
import { openTransport } from './transport.ts'

const params = { app: 'shop', environment: 'production' }
const nothing = { services: [], volumes: [], troubledNodes: [], disks: [], names: [], strangers: [] }
const seen = (atMs: number) => ({ ref: params, atMs, ...nothing })

test('a control that dies is followed by another, after the last that was seen; a refusal ends it', async () => {
  await using server = await openTestServer(({ lastEventId }) => {
    if (lastEventId === undefined) return { events: [{ id: 'a', event: seen(1) }], isCut: true }
    if (lastEventId === 'a') return { events: [{ id: 'b', event: seen(2) }] }
    return { status: 403, body: { type: 'x', title: 'x', status: 403, detail: 'not yours', code: 'forbidden' } }
  })
  await using transport = openTransport({ urls: [server.url], authorityPem: server.authorityPem })
  const client = openClient({ send: transport.send, token: 'secret' })
  const times: number[] = []
  const read = async () => {
    for await (const { atMs } of followStatus(client, params, AbortSignal.timeout(10_000))) times.push(atMs)
  }
  await expect(read()).rejects.toMatchObject({ code: 'forbidden' })
  expect(times).toEqual([1, 2])
  expect(server.heard.map(({ lastEventId }) => lastEventId)).toEqual([undefined, 'a', 'b'])
})
