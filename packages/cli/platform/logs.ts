import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { NamedLogLine } from '@atoll/deploy'
import type { LogQuery } from '@atoll/engine'
import { openLogCursor } from './log-cursor.ts'

/** Between the end of a stream and the next control that is asked. */
const pauseMs = 500
/** An election of the Raft took up to 51 s in the lab. */
const outageMs = 120_000

/** Lines over the loss of any control: none twice, none missing. Throws what the last control said when that takes too long. */
export const readLogs = (client: Client, query: LogQuery, signal: AbortSignal): AsyncGenerator<NamedLogLine, void> =>
  query.follow ? follow(client, query, signal) : readOnce(client, query, signal)

async function* readOnce(client: Client, query: LogQuery, signal: AbortSignal): AsyncGenerator<NamedLogLine, void> {
  const { ref, services, follow, ...window } = query
  const asked = {
    ...window,
    follow: follow ? ('true' as const) : ('false' as const),
    ...(services.length === 0 ? {} : { services: services.join(',') }),
  }
  yield* client.lines('readLogs', { params: ref, query: asked }, signal)
}

/** A log that is followed has no end of its own: when a stream ends, whatever told it is gone. */
async function* follow(client: Client, query: LogQuery, signal: AbortSignal): AsyncGenerator<NamedLogLine, void> {
  const cursor = openLogCursor(query, Date.now())
  let reachedAtMs = performance.now()
  for (;;) {
    try {
      for await (const line of readOnce(client, cursor.next(), signal)) {
        reachedAtMs = performance.now()
        if (cursor.take(line)) yield line
      }
      reachedAtMs = performance.now()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error) || performance.now() - reachedAtMs > outageMs) throw error
    }
    await delay(pauseMs, undefined, { signal })
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof ApiError ? error.retry || error.code === 'not-the-api' : !isSignedOut(error)

const isSignedOut = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'signed-out'
