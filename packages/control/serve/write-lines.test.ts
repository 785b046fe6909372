import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { limits } from '../limits.ts'
import { writeLines } from './write-stream.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

/** Both ends of one answer. */
const openAnswer = async () => {
  const begun = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => begun.resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asked = get({ port: (server.address() as AddressInfo).port, agent: false })
  const heard = once(asked, 'response') as Promise<[IncomingMessage]>
  return {
    response: await begun.promise,
    heard: async (): Promise<string[]> => {
      const [message] = await heard
      return Array.fromAsync(message.setEncoding('utf8') as AsyncIterable<string>)
    },
    [Symbol.dispose]: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

it('says in empty lines that somebody is there while a log is silent, and no more once it has ended', async () => {
  using answer = await openAnswer()
  const [told, next] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const items = async function* (): AsyncGenerator<number> {
    yield 1
    told.resolve()
    await next.promise
    yield 2
  }
  const { signal } = new AbortController()
  const written = writeLines(items(), {
    response: answer.response,
    signal,
    render: (item) => `${JSON.stringify(item)}\n`,
  })
  await told.promise
  vi.advanceTimersByTime(limits.lineBeatMs * 3)
  next.resolve()
  await written
  vi.advanceTimersByTime(limits.lineBeatMs * 3)
  expect((await answer.heard()).join('').split('\n')).toEqual(['1', '', '', '', '2', ''])
})
