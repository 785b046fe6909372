import type { Call } from '../context.ts'
import { limits } from '../limits.ts'

/** Tells when it is worth looking at the engine again: woken by its events, and by the clock when there are none. */
export class Waker implements AsyncDisposable {
  readonly #call: Call
  readonly #closed = new AbortController()
  #pump: Promise<void> | undefined
  #isAwake = false
  #wake: () => void = () => {}
  #wokenAtMs: number | undefined

  constructor(call: Call) {
    this.#call = { ...call, signal: AbortSignal.any([call.signal, this.#closed.signal]) }
  }

  /**
   * Resolves when something may have changed; not sooner than a moment, so that a storm of events is one look, and later
   * where looking takes long. Watching begins with the first wait: the engine has enough to do while it is written to, and a
   * watch begins by an event.
   */
  async wait(): Promise<void> {
    const { context, signal } = this.#call
    const { everyMs } = limits.observe
    const pauseMs = this.#choosePause()
    this.#pump ??= this.#listen()
    await context.clock.wait(pauseMs, signal)
    if (!this.#isAwake && pauseMs < everyMs) await this.#sleep(everyMs - pauseMs)
    this.#isAwake = false
    this.#wokenAtMs = context.clock.now()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('the waker is closed'))
    await this.#pump
  }

  /** By what the last look took, with all that was done about it. */
  #choosePause(): number {
    const { everyMs, pauseMs, pausePerLook } = limits.observe
    const tookMs = this.#wokenAtMs === undefined ? 0 : this.#call.context.clock.now() - this.#wokenAtMs
    return Math.min(everyMs, Math.max(pauseMs, tookMs * pausePerLook))
  }

  async #sleep(ms: number): Promise<void> {
    const { context, signal } = this.#call
    const alarm = new AbortController()
    this.#wake = () => alarm.abort()
    await context.clock.wait(ms, AbortSignal.any([signal, alarm.signal])).catch(() => signal.throwIfAborted())
  }

  /** An engine that cannot be watched just now is looked at by the clock, and watched again later. */
  async #listen(): Promise<void> {
    const { context, ref, signal } = this.#call
    while (!signal.aborted) {
      try {
        for await (const _ of context.engine.watch(ref, signal)) {
          this.#isAwake = true
          this.#wake()
        }
      } catch {
        // Whatever it was, observing meets it too and says it there.
      }
      await context.clock.wait(limits.observe.everyMs, signal).catch(() => undefined)
    }
  }
}
