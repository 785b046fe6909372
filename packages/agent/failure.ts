import { EngineError } from '@atoll/engine'
import { parseError } from '@atoll/engine/remote'

/** Whatever was thrown as the one error that callers know. Stores and their configs fail in nearly the same words. */
export const describeFailure = (cause: unknown): EngineError => {
  const error = toEngineError(cause)
  return isNoManager.test(error.message) ? new EngineError('unreachable', error.message, { cause: error }) : error
}

/**
 * What only a manager answers is asked by a control, and controls run on managers alone: the engine leaves the managers or is not
 * among them yet, with a full disk for instance, and the control of another can be asked.
 */
const isNoManager = /not a swarm manager|not part of a swarm/i

const toEngineError = (cause: unknown): EngineError => {
  if (cause instanceof EngineError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const known = cause instanceof Error && 'retry' in cause && 'code' in cause ? cause : undefined
  return (
    parseError({ error: { code: known?.code, message, retry: known?.retry } }) ??
    new EngineError('refused', `the agent failed: ${message}; see its log`, { cause, retry: false })
  )
}
