import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answeredHeader, type MirrorOrder } from './order.ts'
import { createCopySender, type CopySender, type Fate } from './send-copies.ts'

const answered = { [answeredHeader]: '1' }
const orderTo = (to: string): MirrorOrder => ({ to, app: 'shop/production', service: 'next', route: 'a.example.org/' })
const least = { method: 'GET', path: '/', headers: ['host', 'a.example.org'], body: Buffer.alloc(0) }

let stack: AsyncDisposableStack
let socketPath: string
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'atoll-mirror-'))
  stack.defer(() => rm(folder, { recursive: true }))
  socketPath = join(folder, 'mirror.sock')
})
afterEach(() => stack.disposeAsync())

/** In the place of HAProxy. */
const serve = async (handle: RequestListener): Promise<void> => {
  const server = createServer(handle)
  await once(server.listen(socketPath), 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
}

const open = ({ most = 4, mostWaiting = 4, patienceMs = 5_000 } = {}): CopySender =>
  stack.use(createCopySender({ socketPath, limits: { most, mostWaiting }, patienceMs }))

const readBody = async (request: AsyncIterable<Buffer>): Promise<Buffer> => {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces)
}

test('what is sent is what comes: method, path, each header in its place, and every byte', async () => {
  const came: (Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'> & { readonly body: Buffer })[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url, rawHeaders } = request
    came.push({ method, url, rawHeaders, body: await readBody(request) })
    response.writeHead(200, answered).end('thrown away')
  }
  await serve((request, response) => void take(request, response))
  const sender = open()
  const name = fc.stringMatching(/^x-[a-z]{1,8}$/)
  const value = fc.stringMatching(/^[!-~\x80-\xff]([ -~\x80-\xff]{0,20}[!-~\x80-\xff])?$/)
  const copies = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'),
    path: fc.stringMatching(/^\/[!-~]{0,40}$/),
    more: fc.array(fc.tuple(name, value), { maxLength: 5 }),
    body: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
  })
  await fc.assert(
    fc.asyncProperty(copies, async ({ method, path, more, body }) => {
      const headers = ['host', 'a.example.org', ...more.flat(), 'content-length', String(body.length)]
      came.length = 0
      expect(await sender.send(orderTo('a'), { method, path, headers, body })).toBe('sent')
      const [{ rawHeaders, ...rest } = { rawHeaders: [] }] = came
      expect(rest).toEqual({ method, url: path, body })
      expect(rawHeaders.slice(0, headers.length)).toEqual(headers)
    }),
    { numRuns: 100 },
  )
})

test.each<readonly [string, RequestListener, Fate]>([
  ['answers', (_, response) => void response.writeHead(500, answered).end(), 'sent'],
  ['is not there, so that HAProxy answers', (_, response) => void response.writeHead(503).end(), 'failed'],
  ['hangs up', (request) => void request.destroy(), 'failed'],
  ['says nothing', () => undefined, 'failed'],
  ['goes on for ever', (_, response) => void response.writeHead(200, answered).write('x'), 'sent'],
  ['says too much', (_, response) => void response.writeHead(200, answered).end('x'.repeat(3_000_000)), 'sent'],
])('who %s', async (_, handle, fate) => {
  await serve(handle)
  expect(await open({ patienceMs: 300 }).send(orderTo('a'), least)).toBe(fate)
})

test('where nobody listens, and of what cannot be said, a copy has failed', async () => {
  expect(await open().send(orderTo('a'), least)).toBe('failed')
  expect(await open().send(orderTo('a'), { ...least, headers: ['a b', 'c'] })).toBe('failed')
})

test('of a flood some are sent and some wait, for as long as they may; the rest is dropped at once', async () => {
  let [open_, most, came] = [0, 0, 0]
  await serve((_, response) => {
    came += 1
    open_ += 1
    most = Math.max(most, open_)
    response.on('close', () => (open_ -= 1))
  })
  const sender = open({ most: 8, mostWaiting: 40, patienceMs: 400 })
  const dropped: Fate[] = []
  const all = Array.from({ length: 1_000 }, async () => {
    const fate = await sender.send(orderTo('a'), least)
    if (fate === 'dropped') dropped.push(fate)
    return fate
  })
  await expect.poll(() => [came, dropped.length]).toEqual([4, 976])
  // Another mirror has room.
  const other = sender.send(orderTo('b'), least)
  await expect.poll(() => came).toBe(5)
  const fates = await Promise.all([...all, other])
  expect(Map.groupBy(fates, (fate) => fate).get('failed')?.length).toBe(25)
  expect(most).toBeLessThanOrEqual(8)
  expect(fates.includes('sent')).toBe(false)
})

test('a place is free again for the next', async () => {
  await serve((_, response) => void response.writeHead(200, answered).end())
  const sender = open({ most: 2, mostWaiting: 400 })
  const fates = await Promise.all(Array.from({ length: 200 }, () => sender.send(orderTo('a'), least)))
  expect(new Set(fates)).toEqual(new Set(['sent']))
})
