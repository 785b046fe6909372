import { ConflictError, StoreError } from '../errors.ts'
import type { StoreErrorCode } from '../errors.ts'
import type { ConfigsFailure } from './configs-api.ts'

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  'no-quorum': 'no-quorum',
  unreachable: 'unreachable',
  timeout: 'timeout',
}

/** Asks the engine; what it throws becomes an error of the store, in the words of who asked. Bugs stay bugs. */
export const ask = async <T>(doing: string, question: () => Promise<T>): Promise<T> => {
  try {
    return await question()
  } catch (cause) {
    throw describeFailure(doing, cause)
  }
}

const isNameTaken = (error: unknown): boolean => isFailure(error) && error.code === 'name-taken'

const describeFailure = (doing: string, cause: unknown): unknown => {
  if (cause instanceof StoreError || !isFailure(cause)) return cause
  if (isNameTaken(cause)) return new ConflictError(`${doing}: somebody else wrote it first; read it again`, cause)
  const code = Object.hasOwn(CODES, cause.code) ? CODES[cause.code] : undefined
  return new StoreError(code ?? 'refused', `${doing}: ${cause.message}`, { retry: cause.retry, cause })
}

const isFailure = (error: unknown): error is ConfigsFailure & Error =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  'retry' in error &&
  typeof error.retry === 'boolean'
