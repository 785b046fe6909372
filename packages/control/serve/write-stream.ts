import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import { limits } from '../limits.ts'
import { toFailure } from '../to-failure.ts'
import { safetyHeaders } from './safety-headers.ts'

interface Stream {
  readonly response: ServerResponse
  readonly signal: AbortSignal
  /** An item as text. */
  readonly render: (item: unknown) => string
}

/** Server-sent events, with a comment now and then so that nobody between takes the silence for an end. */
export const writeEvents = async (items: AsyncIterable<unknown>, stream: Stream): Promise<void> => {
  const { response } = stream
  begin(response, 'text/event-stream')
  const heartbeat = setInterval(() => response.write(': alive\n\n'), limits.heartbeatMs)
  try {
    await writeAll(items, stream)
  } catch (error) {
    if (!stream.signal.aborted) response.write(`event: failure\ndata: ${JSON.stringify(toFailure(error))}\n\n`)
    throw error
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

/** JSON lines. A stream that fails is cut off, so that nobody takes it for whole. */
export const writeLines = async (items: AsyncIterable<unknown>, stream: Stream): Promise<void> => {
  begin(stream.response, 'application/x-ndjson')
  try {
    await writeAll(items, stream)
    stream.response.end()
  } catch (error) {
    stream.response.destroy()
    throw error
  }
}

const begin = (response: ServerResponse, type: string): void => {
  response.writeHead(200, { ...safetyHeaders, 'content-type': type, 'x-accel-buffering': 'no' })
  response.flushHeaders()
}

/** Waits for a slow reader instead of holding what is meant for it. */
const writeAll = async (items: AsyncIterable<unknown>, { response, signal, render }: Stream): Promise<void> => {
  for await (const item of items) {
    if (signal.aborted) return
    if (!response.write(render(item))) await once(response, 'drain', { signal })
  }
}
