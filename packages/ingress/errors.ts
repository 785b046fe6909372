interface Details {
  readonly code: 'refused' | 'not-running' | 'timed-out' | 'command-failed'
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly hint?: string
  readonly cause?: unknown
  /** Of `refused`: which parts of the table it is about, as far as HAProxy says so. See `part.ts`. */
  readonly parts?: readonly string[]
}

/** What HAProxy did not do. Every error of this room is one. */
export class IngressError extends Error {
  override readonly name = 'IngressError'
  readonly code: Details['code']
  readonly retry: boolean
  readonly hint?: string
  readonly parts: readonly string[]

  constructor(message: string, { code, retry, hint, cause, parts = [] }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retry = retry
    this.parts = parts
    if (hint !== undefined) this.hint = hint
  }
}

/** HAProxy does not take what it was given, and would not tomorrow. */
export const isRefusal = (error: unknown): error is IngressError =>
  error instanceof IngressError && error.code === 'refused' && !error.retry
