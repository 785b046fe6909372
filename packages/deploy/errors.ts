import type { Warning } from '@atoll/plan'
import type { EnvironmentRef } from '@atoll/engine'
import type { Problem } from '@atoll/spec'

interface Details {
  readonly code: string
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly hint?: string
  readonly cause?: unknown
}

/** What a deployment cannot go on with. Every error of this room is one. */
export class DeployError extends Error {
  override readonly name: string = 'DeployError'
  readonly code: string
  readonly retry: boolean
  readonly hint?: string

  constructor(message: string, { code, retry, hint, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retry = retry
    if (hint !== undefined) this.hint = hint
  }
}

/** Somebody else's deployment of this environment is running and alive. */
export class BusyError extends DeployError {
  override readonly name = 'BusyError'
  readonly who: string
  readonly sinceMs: number
  readonly deployment: number

  constructor(ref: EnvironmentRef, running: { owner: string; sinceMs: number; deployment: number }) {
    const since = new Date(running.sinceMs).toISOString()
    super(`${renderRef(ref)}: deployment ${running.deployment} of ${running.owner} is running since ${since}`, {
      code: 'busy',
      retry: true,
      hint: 'wait for it, or follow it with "atoll resume"',
    })
    this.who = running.owner
    this.sinceMs = running.sinceMs
    this.deployment = running.deployment
  }
}

/** Another owner has the deployment now; we stopped without touching the engine again. */
export class LostLeaseError extends DeployError {
  override readonly name = 'LostLeaseError'

  constructor(ref: EnvironmentRef, message: string, cause?: unknown) {
    super(`${renderRef(ref)}: ${message}`, {
      code: 'lost-lease',
      retry: false,
      hint: 'follow it with "atoll resume"',
      cause,
    })
  }
}

/** The caller's signal ended the call; the deployment is left to whoever resumes it with `token`. */
export class HandedOverError extends DeployError {
  override readonly name = 'HandedOverError'
  readonly ref: EnvironmentRef
  readonly deployment: number
  readonly token: string

  constructor(ref: EnvironmentRef, { deployment, token }: { deployment: number; token: string }, cause: unknown) {
    super(`${renderRef(ref)}: deployment ${deployment} was left before its end`, {
      code: 'handed-over',
      retry: true,
      hint: 'finish it with "atoll resume"',
      cause,
    })
    this.ref = ref
    this.deployment = deployment
    this.token = token
  }
}

/** There is no such environment, release, deployment, service or volume. */
export class NotFoundError extends DeployError {
  override readonly name = 'NotFoundError'

  constructor(message: string, hint?: string) {
    super(message, { code: 'not-found', retry: false, ...(hint === undefined ? {} : { hint }) })
  }
}

/** What was asked for makes no sense in this environment; nothing was changed. */
export class RefusedError extends DeployError {
  override readonly name = 'RefusedError'
  readonly warnings: readonly Warning[]

  constructor(message: string, { hint, warnings = [] }: { hint?: string; warnings?: readonly Warning[] } = {}) {
    super(message, { code: 'refused', retry: false, ...(hint === undefined ? {} : { hint }) })
    this.warnings = warnings
  }
}

/** A route that no compose file could have; nothing was changed. Keys of its problems begin with `route`. */
export class InvalidRouteError extends DeployError {
  override readonly name = 'InvalidRouteError'
  readonly problems: readonly Problem[]

  constructor(where: string, problems: readonly Problem[]) {
    const said = problems.map(({ key, message }) => `${key}: ${message}`).join('; ')
    super(`add a route to ${where}: ${said}`, { code: 'invalid-route', retry: false })
    this.problems = problems
  }
}

/** The environment is as it should be already; no deployment was begun. */
export class NothingToDoError extends DeployError {
  override readonly name = 'NothingToDoError'

  constructor(message: string, hint?: string) {
    super(message, { code: 'nothing-to-do', retry: false, ...(hint === undefined ? {} : { hint }) })
  }
}

export const renderRef = (ref: EnvironmentRef): string => `${ref.app}/${ref.environment}`

/** Errors of every room say themselves whether trying again makes sense. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof Error && 'retry' in error && error.retry === true

export const isConflict = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'conflict'

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
