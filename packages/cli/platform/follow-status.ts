import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { EnvironmentRef } from '@atoll/engine'
import type { SeenStatus } from '../cluster/cluster.ts'

/** Between two attempts when the control that told is gone. */
const pauseMs = 500
/** Nobody who looks on waits longer for a cluster. */
const outageMs = 120_000

/** The status whenever it changes; when its control dies the next one goes on after the last that was seen. */
export async function* followStatus(
  client: Client,
  params: EnvironmentRef,
  signal: AbortSignal,
): AsyncGenerator<SeenStatus, void> {
  let lastId: string | undefined
  let reachedAtMs = performance.now()
  for (;;) {
    try {
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
      for await (const { id, event } of client.follow('followStatus', { params, headers }, signal)) {
        lastId = id
        reachedAtMs = performance.now()
        yield event
      }
      reachedAtMs = performance.now()
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error) || performance.now() - reachedAtMs > outageMs) throw error
    }
    await delay(pauseMs, undefined, { signal })
  }
}

const isPassing = (error: unknown): boolean => !(error instanceof ApiError) || error.retry
