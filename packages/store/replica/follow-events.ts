import { createBell } from '../bell.ts'
import type { ConfigsApi } from '../swarm/configs-api.ts'
import type { ReplicaLimits } from './limits.ts'

interface Followed {
  readonly api: ConfigsApi
  readonly clock: { now(): number }
  readonly limits: ReplicaLimits
  /** The engine was asked to tell events: from some moment on it does. */
  readonly onOpen: () => void
  readonly onEvent: (name: string) => void
  readonly onBreak: () => void
}

/** Follows the engine's config events, again and again, until the signal comes. Never throws. */
export const followEvents = async (followed: Followed, signal: AbortSignal): Promise<void> => {
  const { clock, limits } = followed
  const pause = createBell()
  let pauseMs = limits.retryMs
  while (!signal.aborted) {
    const openedAtMs = clock.now()
    await followOnce(followed, signal)
    // Each new stream costs a list of everything, so an engine that breaks them at once is asked less and less.
    pauseMs = clock.now() - openedAtMs > limits.listEveryMs ? limits.retryMs : Math.min(pauseMs * 2, limits.listEveryMs)
    await pause.wait(signal, pauseMs)
  }
}

const followOnce = async ({ api, onOpen, onEvent, onBreak }: Followed, signal: AbortSignal): Promise<void> => {
  try {
    onOpen()
    for await (const { name } of api.events(signal)) onEvent(name)
  } catch {
    // Whatever it was: without events everything is listed by time, and the list says what is wrong.
  }
  onBreak()
}
