import type { Writable } from 'node:stream'

/** What is written at once when there is much. */
const bufferBytes = 256 * 1024
/** One is being written, one waits behind it, and one is filled. */
const mostBuffers = 3
/** A buffer with less room than this is full. */
const leastRoomBytes = 1024

/**
 * Bytes on their way out, in a few buffers that are used again and again: memory for every piece costs more than all the rest
 * of passing it on, as the whole heap is searched for every few megabytes of it. What comes while nothing is being written
 * goes out at once; what comes meanwhile goes together. The stream has to be done with what it was given when it says so, as
 * sockets are and a PassThrough is not.
 */
export class Outlet implements Disposable {
  readonly #stream: Writable
  readonly #signal: AbortSignal
  readonly #free: Buffer[] = []
  #made = 0
  #current: Buffer | undefined
  #length = 0
  #underway = 0
  #waiting: PromiseWithResolvers<void> | undefined

  /** The signal ends all waiting for room. */
  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream
    this.#signal = signal
    signal.addEventListener('abort', this.#stop, { once: true })
  }

  /** So much can be put at once; none while all buffers are full. */
  get room(): number {
    this.#current ??= this.#takeBuffer()
    return this.#current === undefined ? 0 : this.#current.length - this.#length
  }

  /** Nothing is on its way. */
  get isIdle(): boolean {
    return this.#underway === 0
  }

  /** Nobody takes it any more. */
  get isClosed(): boolean {
    return this.#stream.destroyed || this.#stream.writableEnded
  }

  /** Resolves when there may be more room; throws the reason of the signal. */
  awaitRoom(): Promise<void> {
    this.#signal.throwIfAborted()
    this.#waiting ??= Promise.withResolvers()
    return this.#waiting.promise
  }

  /** Copies what there is room for; `flush` comes after it. */
  put(bytes: Uint8Array): void {
    this.#current?.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** What was put goes out now, or as soon as what is on its way is out. */
  flush(): void {
    const isFull = this.#current !== undefined && this.#current.length - this.#length < leastRoomBytes
    if (this.#underway === 0 || (isFull && this.#underway < mostBuffers - 1)) this.#send()
  }

  /** After all that was put, as it is. */
  write(bytes: Uint8Array): void {
    this.#send()
    this.#stream.write(bytes)
  }

  /** The same, and then the stream ends. */
  end(bytes?: Uint8Array): void {
    this.#send()
    this.#stream.end(bytes)
  }

  /** The stream stays as it is. */
  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#stop)
  }

  #takeBuffer(): Buffer | undefined {
    this.#length = 0
    const used = this.#free.pop()
    if (used !== undefined || this.#made === mostBuffers) return used
    this.#made += 1
    return Buffer.allocUnsafeSlow(bufferBytes)
  }

  #send(): void {
    const buffer = this.#current
    if (buffer === undefined || this.#length === 0) return
    this.#current = undefined
    this.#underway += 1
    // A stream that has broken tells whoever reads from it.
    this.#stream.write(buffer.subarray(0, this.#length), () => this.#takeBack(buffer))
  }

  #takeBack(buffer: Buffer): void {
    this.#underway -= 1
    this.#free.push(buffer)
    this.flush()
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  readonly #stop = (): void => {
    this.#waiting?.reject(this.#signal.reason)
    this.#waiting = undefined
  }
}
