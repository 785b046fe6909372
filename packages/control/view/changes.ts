import type { Clock } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { Engine, EnvironmentRef } from '@atoll/engine'
import { createBell } from '@atoll/store'
import { ControlError } from '../errors.ts'
import { limits } from './limits.ts'

/** That something of an environment may have changed, without saying what. However many look on, the engine is watched once. */
export interface Changes {
  /** Begins with one, as nobody knows what was missed; ends with the signal. ControlError `too-many` when too much is watched. */
  follow(ref: EnvironmentRef, signal: AbortSignal): AsyncIterable<Change>
}

export interface Change {
  readonly atMs: number
}

interface Feed {
  readonly listeners: Set<() => void>
  readonly ending: AbortController
  /** A fault of ours: whoever follows is told. */
  failure?: unknown
}

interface World {
  readonly engine: Pick<Engine, 'watch'>
  readonly clock: Clock
}

export const createChanges = (world: World, closing: AbortSignal): Changes => {
  const feeds = new Map<string, Feed>()
  const open = (ref: EnvironmentRef): Feed => {
    const feed: Feed = { listeners: new Set(), ending: new AbortController() }
    if (feeds.size >= limits.changesFeeds) throw tooMany(ref)
    keepWatching(world, { ref, feed }, AbortSignal.any([feed.ending.signal, closing])).catch((error: unknown) => {
      feed.failure = error
      ringAll(feed)
    })
    return feed
  }
  return {
    follow: async function* (ref, signal) {
      const name = `${ref.app}/${ref.environment}`
      const feed = feeds.get(name) ?? open(ref)
      feeds.set(name, feed)
      try {
        yield* listen(feed, world.clock, AbortSignal.any([signal, closing]))
      } finally {
        if (feed.listeners.size === 0) {
          feed.ending.abort()
          feeds.delete(name)
        }
      }
    },
  }
}

/** Many changes are one for who reads slowly, and for everybody within a moment. */
async function* listen(feed: Feed, clock: Clock, signal: AbortSignal): AsyncGenerator<Change, void> {
  const { listeners } = feed
  const bell = createBell()
  const ring = (): void => bell.ring()
  listeners.add(ring)
  try {
    while (!signal.aborted) {
      if (feed.failure !== undefined) throw feed.failure
      yield { atMs: clock.now() }
      await clock.wait(limits.changesEveryMs, signal).catch(() => undefined)
      await bell.wait(signal)
    }
  } finally {
    listeners.delete(ring)
  }
}

interface Watched {
  readonly ref: EnvironmentRef
  readonly feed: Feed
}

/** An engine that does not answer is asked again later; whoever looks meanwhile is told by the status itself. */
const keepWatching = async ({ engine, clock }: World, { ref, feed }: Watched, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    try {
      for await (const _event of engine.watch(ref, signal)) ringAll(feed)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
    }
    ringAll(feed)
    await clock.wait(limits.watchAgainMs, signal).catch(() => undefined)
  }
}

const ringAll = ({ listeners }: Feed): void => {
  for (const ring of listeners) ring()
}

/** Each is a connection to the agent, which others need, too. */
const tooMany = ({ app, environment }: EnvironmentRef): ControlError =>
  new ControlError('too-many', `follow ${app}/${environment}: this control watches ${limits.changesFeeds} already`, {
    status: 429,
    hint: 'ask for the status now and then instead',
  })
