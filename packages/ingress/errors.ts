interface Details {
  readonly code: 'refused' | 'not-running' | 'timed-out' | 'command-failed'
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly hint?: string
  readonly cause?: unknown
}

/** What HAProxy did not do. Every error of this room is one. */
export class IngressError extends Error {
  override readonly name = 'IngressError'
  readonly code: Details['code']
  readonly retry: boolean
  readonly hint?: string

  constructor(message: string, { code, retry, hint, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retry = retry
    if (hint !== undefined) this.hint = hint
  }
}
