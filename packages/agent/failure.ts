import { EngineError } from '@atoll/engine'

/** Whatever was thrown as the one error that callers know. */
export const describeFailure = (cause: unknown): EngineError => {
  if (cause instanceof EngineError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new EngineError('refused', `the agent failed: ${message}; see its log`, { cause, retry: false })
}
