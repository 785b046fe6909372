export type AgentErrorCode =
  /** A variable of the environment cannot be understood. */
  | 'config'
  /** Another agent listens at the socket. */
  | 'in-use'
  /** The socket cannot be made or given to its owner. */
  | 'socket'

/** Why an agent cannot begin. What goes wrong with a verb is an EngineError. */
export class AgentError extends Error {
  override readonly name = 'AgentError'
  readonly code: AgentErrorCode
  readonly retry: boolean
  readonly hint: string

  constructor(
    code: AgentErrorCode,
    message: string,
    { hint, retry = false, cause }: { readonly hint: string; readonly retry?: boolean; readonly cause?: unknown },
  ) {
    super(`${message}; ${hint}`, cause === undefined ? {} : { cause })
    this.code = code
    this.retry = retry
    this.hint = hint
  }
}
