import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { appendAudit } from './audit.ts'

/** Somebody was refused: did not sign in, or may not do what was asked for. */
export interface Attempt {
  /** A name that was given or is known; empty when there is none. */
  readonly by: string
  readonly action: string
  readonly subject: string
  readonly address: string
  readonly code: string
}

interface Seen {
  /** The first and the last. */
  readonly atMs: number
  readonly untilMs: number
  readonly times: number
}

type Counted = Attempt & { readonly atMs: number; untilMs: number; times: number }

/**
 * Counts what was refused by name, address and code, and writes each down once a minute. A flood of it takes no more room than
 * `limits.attempts` gives: what is beyond becomes one entry for all.
 */
export interface Attempts {
  note(attempt: Attempt): void
  /** Writes down what was counted; what cannot be written stays for the next time. */
  write(signal: AbortSignal): Promise<void>
}

const others: Attempt = { by: 'others', action: 'attempts', subject: '', address: 'several', code: 'refused' }

export const createAttempts = (world: Pick<World, 'documents' | 'clock' | 'log'>): Attempts => {
  const { atOnce, everyMs, kept } = limits.attempts
  const counted = new Map<string, Counted>()
  let room: { readonly entries: number; readonly atMs: number } = { entries: atOnce, atMs: world.clock.now() }
  const add = (attempt: Attempt, seen: Seen): void => {
    const key = JSON.stringify(attempt)
    const known = counted.get(key)
    if (known === undefined && counted.size >= kept && attempt !== others) return add(others, seen)
    if (known === undefined) return void counted.set(key, { ...attempt, ...seen })
    known.times += seen.times
    known.untilMs = Math.max(known.untilMs, seen.untilMs)
  }
  const keep = (attempt: Attempt, seen: Seen, error: unknown): void => {
    add(attempt, seen)
    world.log({ event: 'attempts not written into the audit', error: String(error) })
  }
  const takeRoom = (): boolean => {
    const nowMs = world.clock.now()
    const gained = Math.floor((nowMs - room.atMs) / everyMs)
    room = { entries: Math.min(atOnce, room.entries + gained), atMs: room.atMs + gained * everyMs }
    if (room.entries < 1) return false
    room = { ...room, entries: room.entries - 1 }
    return true
  }
  return {
    note: (attempt) => add(attempt, { atMs: world.clock.now(), untilMs: world.clock.now(), times: 1 }),
    write: async (signal) => {
      const all = [...counted.values()]
      counted.clear()
      for (const { times, untilMs, atMs, ...attempt } of all) {
        const seen = { atMs, untilMs, times }
        if (!takeRoom()) add(others, seen)
        else await writeOne(world, attempt, { ...seen, signal }).catch((error: unknown) => keep(attempt, seen, error))
      }
    },
  }
}

const writeOne = async (
  world: Pick<World, 'documents' | 'clock' | 'log'>,
  attempt: Attempt,
  { atMs, untilMs, times, signal }: Seen & { readonly signal: AbortSignal },
): Promise<void> => {
  const folded = times === 1 ? {} : { times, untilMs }
  await appendAudit(world, { kind: 'failed', ...attempt, atMs, ...folded }, signal)
}
