/** What went wrong with a lab, as a word that callers can act on. */
export type LabErrorCode =
  | 'bad-request'
  | 'no-such-lab'
  | 'no-such-node'
  | 'node-not-running'
  | 'lab-differs'
  | 'machine-unfit'
  | 'command-failed'
  | 'timeout'
  | 'engine-refused'
  | 'registry-refused'
  | 'locked'

/** The machine or a program on it did not do what the lab needs. The message names the next step. */
export class LabError extends Error {
  readonly code: LabErrorCode
  /** True when the same call may succeed later without anybody changing anything. */
  readonly retry: boolean

  constructor(
    code: LabErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retry?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'LabError'
    this.code = code
    this.retry = options.retry ?? false
  }
}
