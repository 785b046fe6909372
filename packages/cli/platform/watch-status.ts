import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { EnvironmentRef } from '@atoll/engine'
import { createBell } from '@atoll/store'
import type { Bell } from '@atoll/store'
import type { SeenStatus } from '../cluster/cluster.ts'

export interface WatchTimes {
  /** Between two looks, whatever happens. */
  readonly leastMs: number
  /** Between two looks while nobody tells of changes. */
  readonly everyMs: number
  /** While somebody does: who tells may have lost its power. */
  readonly silentMs: number
}

const usualTimes: WatchTimes = { leastMs: 1_000, everyMs: 2_000, silentMs: 10_000 }

/** The status now, and again whenever a control tells of a change; every two seconds while none does. */
export async function* watchStatus(
  { client, times = usualTimes }: { readonly client: Client; readonly times?: WatchTimes },
  params: EnvironmentRef,
  signal: AbortSignal,
): AsyncGenerator<SeenStatus, void> {
  const ending = new AbortController()
  const feed: Feed = { bell: createBell(), isTold: false }
  const following = followChanges({ client, times, feed }, params, AbortSignal.any([signal, ending.signal]))
  try {
    for (;;) {
      yield await client.call('getStatus', { params }, signal)
      await delay(times.leastMs, undefined, { signal })
      await feed.bell.wait(signal, feed.isTold ? times.silentMs : times.everyMs - times.leastMs)
      signal.throwIfAborted()
    }
  } finally {
    ending.abort()
    await following
  }
}

interface Feed {
  readonly bell: Bell
  /** Whether a control tells of changes now. */
  isTold: boolean
}

interface Following {
  readonly client: Client
  readonly times: WatchTimes
  readonly feed: Feed
}

/** Never throws: what is wrong is told by the status. A control of an older version knows no such route. */
const followChanges = async (
  { client, times, feed }: Following,
  params: EnvironmentRef,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      for await (const _change of client.follow('followChanges', { params }, signal)) {
        feed.isTold = true
        feed.bell.ring()
      }
    } catch (error) {
      if (error instanceof ApiError && !error.retry) return
    } finally {
      feed.isTold = false
    }
    await delay(times.everyMs, undefined, { signal }).catch(() => undefined)
  }
}
