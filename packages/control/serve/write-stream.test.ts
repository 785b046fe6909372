import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { writeEvents, writeLines } from './write-stream.ts'

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

const followUntil = async (reason: Error): Promise<string> => {
  using answer = await openAnswer()
  const stop = new AbortController()
  const { signal } = stop
  const items = async function* (): AsyncGenerator<number> {
    yield 1
    stop.abort(reason)
    signal.throwIfAborted()
  }
  const written = writeEvents(items(), {
    response: answer.response,
    signal,
    render: (item) => `data: ${String(item)}\n\n`,
  })
  await written.catch(() => undefined)
  return (await answer.heard()).join('')
}

it('ends events without a word when the control stops, so that who follows goes on elsewhere', async () => {
  expect(await followUntil(new Error('this control is stopping'))).toBe('data: 1\n\n')
})

it('says why it ends events of who may no longer see them', async () => {
  const ended = new ControlError('rights-ended', 'the session has ended', { status: 403 })
  expect(await followUntil(ended)).toContain('"code":"rights-ended"')
})
