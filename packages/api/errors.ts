import type { Failure } from './schemas/failure.ts'
import type { Plain } from './route.ts'

/** What a server refused or failed at, in its own words; also an answer that is not of this API (`not-the-api`). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly hint?: string
  readonly problems: NonNullable<Plain<Failure>['problems']>
  readonly warnings: NonNullable<Plain<Failure>['warnings']>

  constructor(failure: Omit<Plain<Failure>, 'type' | 'title'>, cause?: unknown) {
    super(failure.detail, cause === undefined ? undefined : { cause })
    this.status = failure.status
    this.code = failure.code
    this.retry = [409, 429, 502, 503, 504].includes(failure.status)
    if (failure.hint !== undefined) this.hint = failure.hint
    this.problems = failure.problems ?? []
    this.warnings = failure.warnings ?? []
  }
}
