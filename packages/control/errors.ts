import type { Problem } from '@atoll/spec'

interface Details {
  /** HTTP status the caller gets. */
  readonly status: number
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry?: boolean
  readonly hint?: string
  readonly problems?: readonly Problem[]
  /** Goes out as `Retry-After`. */
  readonly retryAfterS?: number
  readonly cause?: unknown
}

/** A request that is refused. What fails in the world below comes as the errors of its rooms. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly code: string
  readonly status: number
  readonly retry: boolean
  readonly hint?: string
  readonly problems?: readonly Problem[]
  readonly retryAfterS?: number

  constructor(code: string, message: string, { status, retry = false, hint, problems, retryAfterS, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.retry = retry
    if (hint !== undefined) this.hint = hint
    if (problems !== undefined) this.problems = problems
    if (retryAfterS !== undefined) this.retryAfterS = retryAfterS
  }
}

export const notFound = (message: string): ControlError => new ControlError('not-found', message, { status: 404 })
