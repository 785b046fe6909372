import { createHash, randomUUID } from 'node:crypto'
import { status } from '@atoll/deploy'
import type { Clock, EnvironmentStatus } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { Engine, EnvironmentRef } from '@atoll/engine'
import { maskChange } from '@atoll/plan'
import { StoreError } from '@atoll/store'
import { limits } from './limits.ts'
import type { Look } from './look.ts'

/** A status, by what is in it: the same status has the same id on every control. */
export interface SeenStatus {
  readonly id: string
  readonly event: EnvironmentStatus
}

/** The status of environments as it changes. However many look at one, the engine is asked once. */
export interface StatusFeeds {
  /** Begins with the present one unless that is `lastId`; ends with the signal. */
  follow(ref: EnvironmentRef, lastId: string | undefined, signal: AbortSignal): AsyncIterable<SeenStatus>
}

interface Sources {
  readonly engine: Engine
  readonly clock: Clock
  readonly look: () => Look
}

interface Feed {
  readonly bells: Set<() => void>
  readonly ending: AbortController
  latest?: SeenStatus
  /** A fault of ours: whoever follows is told. */
  failure?: unknown
}

export const createStatusFeeds = (sources: Sources, closing: AbortSignal): StatusFeeds => {
  const feeds = new Map<string, Feed>()
  const open = (ref: EnvironmentRef): Feed => {
    const feed: Feed = { bells: new Set(), ending: new AbortController() }
    feeds.set(nameOf(ref), feed)
    void keepWatching(sources, { ref, feed }, AbortSignal.any([feed.ending.signal, closing]))
    return feed
  }
  return {
    follow: async function* (ref, lastId, signal) {
      const feed = feeds.get(nameOf(ref)) ?? open(ref)
      try {
        yield* read(feed, lastId, AbortSignal.any([signal, closing]))
      } finally {
        if (feed.bells.size === 0) {
          feed.ending.abort()
          if (feeds.get(nameOf(ref)) === feed) feeds.delete(nameOf(ref))
        }
      }
    },
  }
}

const nameOf = ({ app, environment }: EnvironmentRef): string => `${app}/${environment}`

/** A slow reader gets the newest status, and none of those before. */
async function* read(feed: Feed, lastId: string | undefined, signal: AbortSignal): AsyncGenerator<SeenStatus, void> {
  let seenId = lastId
  let wake = (): void => undefined
  const ring = (): void => wake()
  feed.bells.add(ring)
  signal.addEventListener('abort', ring, { once: true })
  try {
    while (!signal.aborted) {
      const { latest, failure } = feed
      if (failure !== undefined) throw failure
      if (latest !== undefined && latest.id !== seenId) {
        seenId = latest.id
        yield latest
      } else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    signal.removeEventListener('abort', ring)
    feed.bells.delete(ring)
  }
}

interface Watched {
  readonly ref: EnvironmentRef
  readonly feed: Feed
}

/** While the engine does not answer the last status stays the latest. */
const keepWatching = async (sources: Sources, watched: Watched, signal: AbortSignal): Promise<void> => {
  const { engine, clock } = sources
  const { ref, feed } = watched
  const pause = (ms: number): Promise<void> => clock.wait(ms, signal).catch(() => undefined)
  while (!signal.aborted) {
    try {
      await refresh(sources, watched, signal)
      for await (const _event of engine.watch(ref, signal)) {
        await refresh(sources, watched, signal)
        await pause(limits.statusEveryMs)
      }
    } catch (error) {
      if (!signal.aborted && !(error instanceof EngineError) && !(error instanceof StoreError)) return fail(feed, error)
    }
    await pause(limits.statusAgainMs)
  }
}

const refresh = async ({ clock, look }: Sources, { ref, feed }: Watched, signal: AbortSignal): Promise<void> => {
  const { engine, documents } = look()
  const context = { engine, documents, clock, owner: 'atoll', newToken: randomUUID }
  const event = maskStatus(await status(context, ref, signal))
  const { atMs: _now, ...state } = event
  const id = createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22)
  if (id === feed.latest?.id) return
  feed.latest = { id, event }
  ringAll(feed)
}

const fail = (feed: Feed, failure: unknown): void => {
  feed.failure = failure
  ringAll(feed)
}

const ringAll = ({ bells }: Feed): void => {
  for (const ring of bells) ring()
}

/** What somebody changed may be the value of a secret. */
export const maskStatus = (found: EnvironmentStatus): EnvironmentStatus => ({
  ...found,
  services: found.services.map((service) => ({ ...service, drift: service.drift.map(maskChange) })),
})
