import { openClient } from '@atoll/api'
import { expect, test } from 'vitest'
import { readLogs } from './logs.ts'
import { openTestServer } from './test-server.ts'
import type { Answer, Heard } from './test-server.ts'
import { openTransport } from './transport.ts'

const line = (number: number): object => ({
  service: 'web',
  taskId: 'a',
  nodeId: 'n1',
  stream: 'stdout',
  atMs: 1_000_000 + number,
  text: `line ${number}`,
})
const numbers = (from: number, to: number): readonly object[] =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index))

/** Tells some lines and is cut off; the next one has them once more, and then goes on. */
const answers = (streams: readonly Answer[]) => {
  const left = [...streams]
  return ({ line }: Heard): Answer => {
    if (line === 'GET /v1/nodes') return { body: { items: [] } }
    return left.shift() ?? { status: 403, body: failure }
  }
}
const failure = { type: 'about:blank', title: 'x', status: 403, detail: 'you may not', code: 'forbidden' }

const follow = async (streams: readonly Answer[], count: number) => {
  await using server = await openTestServer(answers(streams))
  await using transport = openTransport({ urls: [server.url], authorityPem: server.authorityPem, patienceMs: 0 })
  const client = openClient({ send: transport.send })
  const query = { ref: { app: 'shop', environment: 'test' }, services: [], follow: true, tail: 3 }
  const texts: string[] = []
  for await (const { text } of readLogs(client, query, AbortSignal.timeout(20_000))) {
    texts.push(text)
    if (texts.length === count) break
  }
  return { texts, asked: server.heard.filter((heard) => heard.line.includes('/logs')).map((heard) => heard.line) }
}

test('lines go on at the next control, none twice, none missing', async () => {
  const streams = [
    { lines: numbers(1, 4), isCut: true },
    { status: 503, body: { ...failure, status: 503, code: 'no-quorum' } },
    { lines: numbers(2, 6) },
    { lines: numbers(4, 8), isCut: true },
  ]
  const { texts, asked } = await follow(streams, 8)
  expect(texts).toEqual(Array.from({ length: 8 }, (_, index) => `line ${index + 1}`))
  expect(asked[0]).toContain('tail=3')
  expect(asked.at(-1)).not.toContain('tail')
  expect(asked.at(-1)).toContain(`sinceMs=${1_000_006 - 60_000}`)
})

test('what is refused is not asked for again', async () => {
  await expect(follow([{ lines: numbers(1, 2), isCut: true }], 9)).rejects.toMatchObject({ code: 'forbidden' })
})
