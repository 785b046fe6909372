import { setTimeout as delay } from 'node:timers/promises'

export interface AwakeOptions<Door> {
  /** Resolves when somebody is there; rejects when nobody is, or with the signal. */
  readonly knock: (door: Door, signal: AbortSignal) => Promise<unknown>
  /** The next is knocked at when those before are slow for so long: a machine without power refuses nothing. */
  readonly staggerMs: number
  readonly signal: AbortSignal
}

/** The first of several, in their order, where somebody is; undefined when nobody is anywhere. Who refuses is not waited for. */
export const findAwake = async <Door>(
  doors: readonly Door[],
  { knock, staggerMs, signal }: AwakeOptions<Door>,
): Promise<Door | undefined> => {
  const found = new AbortController()
  const ended = AbortSignal.any([signal, found.signal])
  const tries: Promise<Door>[] = []
  const tryOne = async (door: Door, before: Promise<Door> | undefined, afterMs: number): Promise<Door> => {
    if (before !== undefined) await Promise.race([delay(afterMs, undefined, { signal: ended }), before.catch(() => {})])
    ended.throwIfAborted()
    await knock(door, ended)
    return door
  }
  for (const [index, door] of doors.entries()) tries.push(tryOne(door, tries.at(-1), index * staggerMs))
  try {
    return await Promise.any(tries)
  } catch {
    return undefined
  } finally {
    found.abort()
  }
}
