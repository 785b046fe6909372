import type { Failure, Plain } from '@atoll/api'
import { BackupError } from '@atoll/backup'
import type { BackupErrorCode } from '@atoll/backup'
import { DeployError, InvalidRouteError, RefusedError } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { EngineErrorCode } from '@atoll/engine'
import { StoreError } from '@atoll/store'
import type { StoreErrorCode } from '@atoll/store'
import { STATUS_CODES } from 'node:http'
import { ControlError } from './errors.ts'

const engineStatuses: Readonly<Record<EngineErrorCode, number>> = {
  unreachable: 502,
  'no-quorum': 503,
  conflict: 409,
  'not-found': 404,
  'name-taken': 409,
  version: 409,
  timeout: 504,
  refused: 403,
  invalid: 422,
}

const storeStatuses: Readonly<Record<StoreErrorCode, number>> = {
  conflict: 409,
  'no-quorum': 503,
  unreachable: 503,
  timeout: 504,
  refused: 403,
  'not-json': 500,
  'too-large': 413,
  corrupt: 500,
  'newer-format': 500,
}

const backupStatuses: Readonly<Record<BackupErrorCode, number>> = {
  'not-a-backup': 422,
  'wrong-key': 422,
  'bad-key': 422,
  damaged: 500,
  'newer-format': 500,
  'too-large': 413,
  keys: 409,
  'not-empty': 409,
  'not-proven': 500,
  place: 424,
}

const deployStatuses: Readonly<Record<string, number>> = {
  busy: 409,
  'not-found': 404,
  refused: 422,
  'nothing-to-do': 409,
  'lost-lease': 409,
  'handed-over': 503,
}

/** An error as the caller is told it. What is not expected is said to be that, and nothing else of it gets out. */
export const toFailure = (error: unknown): Plain<Failure> => {
  if (error instanceof ControlError) {
    const { status, problems } = error
    return describe(error, status, problems === undefined ? {} : { problems })
  }
  if (error instanceof EngineError) return describe(error, statusOf(error))
  if (error instanceof StoreError) return describe(error, storeStatuses[error.code])
  if (error instanceof BackupError) return describe(error, backupStatuses[error.code])
  if (error instanceof RefusedError) return describe(error, 422, { warnings: error.warnings })
  if (error instanceof InvalidRouteError) return describe(error, 422, { problems: error.problems })
  if (error instanceof DeployError) return describe(error, deployStatuses[error.code] ?? (error.retry ? 503 : 500))
  if (error instanceof Error && error.name === 'TimeoutError') return timedOut
  return fromServer(error) ?? unexpected
}

/** 502 sends the caller to another control; of a node that no control reaches it would ask them all in vain. */
const statusOf = ({ code, retry }: EngineError): number =>
  code === 'unreachable' && !retry ? engineStatuses.timeout : engineStatuses[code]

/** Seconds for `Retry-After`, where trying again makes sense. */
export const retryAfterOf = (error: unknown, status: number): number | undefined => {
  if (error instanceof ControlError && error.retryAfterS !== undefined) return error.retryAfterS
  return status === 503 || status === 502 ? 5 : undefined
}

interface Described {
  readonly code: string
  readonly message: string
  readonly hint?: string
}

const describe = (
  { code, message, hint }: Described,
  status: number,
  more: Pick<Plain<Failure>, 'problems' | 'warnings'> = {},
): Plain<Failure> => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail: message,
  code,
  ...(hint === undefined ? {} : { hint }),
  ...more,
})

const timedOut = describe({ code: 'timeout', message: 'it took too long' }, 504)
const unexpected = describe(
  { code: 'bug', message: 'something in Atoll went wrong; the log of the control that answered has more' },
  500,
)

/** What fastify refuses by itself: a body too large, not JSON, of another type. */
const fromServer = (error: unknown): Plain<Failure> | undefined => {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  if (error.statusCode < 400 || error.statusCode > 499) return undefined
  const code = error.statusCode === 413 ? 'too-large' : 'malformed'
  return describe({ code, message: error.message }, error.statusCode)
}
