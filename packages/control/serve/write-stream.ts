import type { ServerResponse } from 'node:http'
import { once } from 'node:events'
import { ControlError } from '../errors.ts'
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
    const hasLost = hasLostRights(stream.signal)
    // A control that stops says nothing: whoever follows goes on at another.
    if (hasLost || !stream.signal.aborted) {
      const told = toFailure(hasLost ? stream.signal.reason : error)
      response.write(`event: failure\ndata: ${JSON.stringify(told)}\n\n`)
    }
    throw error
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

/**
 * JSON lines, with an empty one now and then, so that who reads knows that we are here. A stream that fails is cut off, so that
 * nobody takes it for whole.
 */
export const writeLines = async (items: AsyncIterable<unknown>, stream: Stream): Promise<void> => {
  const { response } = stream
  begin(response, 'application/x-ndjson')
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write('\n')
  }, limits.lineBeatMs)
  try {
    await writeAll(items, stream)
    response.end()
  } catch (error) {
    response.destroy()
    throw error
  } finally {
    clearInterval(heartbeat)
  }
}

const begin = (response: ServerResponse, type: string): void => {
  response.writeHead(200, { ...safetyHeaders, 'content-type': type, 'x-accel-buffering': 'no' })
  response.flushHeaders()
}

/** Waits for a slow reader instead of holding what is meant for it. */
const writeAll = async (items: AsyncIterable<unknown>, { response, signal, render }: Stream): Promise<void> => {
  for await (const item of items) {
    if (signal.aborted) break
    if (!response.write(render(item))) await once(response, 'drain', { signal })
  }
  if (hasLostRights(signal)) throw signal.reason
}

/** Who reads is told, as it is no end of what is read. */
const hasLostRights = ({ reason }: AbortSignal): boolean => reason instanceof ControlError
