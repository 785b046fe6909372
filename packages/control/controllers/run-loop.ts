import type { World } from '../control.ts'
import { isLeader } from '../is-leader.ts'

interface Loop {
  readonly name: string
  readonly everyMs: number
  /** The leader's control alone looks, unless every one does and finds out whose turn it is. */
  readonly isOnEvery?: boolean
  /** Looks at the world and does what is to be done; nothing is remembered that it could not see again. */
  readonly look: (signal: AbortSignal) => Promise<void>
}

/**
 * Looks again and again while this control leads (or on every one), until the signal comes. What fails is logged and looked
 * at again.
 */
export const runLoop = async (
  world: World,
  { name, everyMs, isOnEvery = false, look }: Loop,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      if (isOnEvery || (await isLeader(world, signal))) await look(signal)
    } catch (error) {
      if (!signal.aborted) world.log({ event: 'controller failed', controller: name, error: String(error) })
    }
    await world.clock.wait(everyMs, signal).catch(() => undefined)
  }
}
