interface Details {
  readonly code:
    | 'unreachable'
    | 'not-let-in'
    | 'host-key'
    | 'not-root'
    | 'timed-out'
    | 'command-failed'
    | 'locked-out'
    | 'drilled'
    | 'cannot-drill'
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly hint?: string
  readonly cause?: unknown
}

/** What cannot be done on a server. Every error of this room is one; the message begins with the server's name. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
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
