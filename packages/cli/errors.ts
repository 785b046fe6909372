import type { Problem } from '@atoll/spec'

/** Files or flags are wrong: all that was found, with places. Ends with status 2. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.problems = problems
  }
}

/** The words typed do not make sense together. Ends with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'usage'
  readonly hint?: string

  constructor(message: string, hint?: string) {
    super(message)
    if (hint !== undefined) this.hint = hint
  }
}

/** The world is not as the command needs it: no engine, no such release. Ends with status 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: string
  readonly hint?: string

  constructor(code: string, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.code = code
    if (options.hint !== undefined) this.hint = options.hint
  }
}

/** Somebody pressed Ctrl-C or ended us. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
  readonly code = 'interrupted'
}
