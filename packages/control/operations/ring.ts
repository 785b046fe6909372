import type { DeploymentEvent } from '@atoll/deploy'

export interface RingEvent {
  readonly id: string
  readonly event: DeploymentEvent
}

/** The newest events of one operation, to be read from any of them on until it is closed. */
export class Ring {
  readonly #name: string
  readonly #most: number
  readonly #events: RingEvent[] = []
  #first = 1
  #isClosed = false
  #changed = Promise.withResolvers<void>()

  /** `name` begins every id: after a restart ids of before mean nothing. */
  constructor({ name, most }: { readonly name: string; readonly most: number }) {
    this.#name = name
    this.#most = most
  }

  add(event: DeploymentEvent): void {
    this.#events.push({ id: `${this.#name}.${this.#first + this.#events.length}`, event })
    if (this.#events.length > this.#most) {
      this.#events.shift()
      this.#first += 1
    }
    this.#wake()
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  /** From the one after `lastId` on; from the oldest kept when that is not one of these. */
  async *read(lastId: string | undefined, signal: AbortSignal): AsyncGenerator<RingEvent, void> {
    const aborted = Promise.withResolvers<void>()
    const stop = (): void => aborted.resolve()
    signal.addEventListener('abort', stop, { once: true })
    try {
      for (let next = this.#after(lastId); !signal.aborted;) {
        next = Math.max(next, this.#first)
        const found = this.#events[next - this.#first]
        if (found !== undefined) {
          next += 1
          yield found
        } else if (this.#isClosed) return
        else await Promise.race([this.#changed.promise, aborted.promise])
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  #after(lastId: string | undefined): number {
    const [name, number] = lastId?.split('.') ?? []
    return name === this.#name && /^\d{1,9}$/.test(number ?? '') ? Number(number) + 1 : this.#first
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }
}
