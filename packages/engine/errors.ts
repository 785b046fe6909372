/** What went wrong, in words a program can branch on. */
export type EngineErrorCode =
  /** Nobody answers at the engine's address. */
  | 'unreachable'
  /** The engine answers, but its cluster has no leader: nothing can be written. */
  | 'no-quorum'
  /** Still in use, or changed at the same time. */
  | 'conflict'
  | 'not-found'
  /** The name belongs to somebody else. */
  | 'name-taken'
  /** Written against an older version of the object. */
  | 'version'
  | 'timeout'
  /** The engine will not do this: policy, rights, or it is no manager. */
  | 'refused'
  /** The engine does not accept what we sent. */
  | 'invalid'

const passing: ReadonlySet<EngineErrorCode> = new Set(['unreachable', 'no-quorum', 'conflict', 'version', 'timeout'])

/** The only error an Engine throws. `retry`: the same call may succeed later without anybody changing anything. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineErrorCode
  readonly retry: boolean

  constructor(
    code: EngineErrorCode,
    message: string,
    options: { readonly retry?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.retry = options.retry ?? passing.has(code)
  }
}
