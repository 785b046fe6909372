import { EngineError } from '@atoll/engine'
import { parseError } from '@atoll/engine/remote'

/** Whatever was thrown as the one error that callers know. Stores and their configs fail in nearly the same words. */
export const describeFailure = (cause: unknown): EngineError => {
  if (cause instanceof EngineError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const known = cause instanceof Error && 'retry' in cause && 'code' in cause ? cause : undefined
  return (
    parseError({ error: { code: known?.code, message, retry: known?.retry } }) ??
    new EngineError('refused', `the agent failed: ${message}; see its log`, { cause, retry: false })
  )
}
