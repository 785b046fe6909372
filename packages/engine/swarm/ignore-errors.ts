import { EngineError } from '../errors.ts'

/** For `catch`: what was to be removed or read is not there, which is fine. */
export const ignoreAbsent = (error: unknown): undefined => {
  if (error instanceof EngineError && error.code === 'not-found') return undefined
  throw error
}

/** For `catch`: the engine could not be asked, and the caller goes on without its answer. */
export const ignoreEngineError = (error: unknown): undefined => {
  if (error instanceof EngineError) return undefined
  throw error
}
