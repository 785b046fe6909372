import type { EnvironmentRef } from '@atoll/engine'
import { CommandError } from '../errors.ts'

interface Left {
  readonly ref: EnvironmentRef
  /** Unknown as long as images are built or asked for. */
  readonly deployment?: number
  /** Who carries it on: `in the background`, `in the cluster`. */
  readonly where: string
  /** What else a person should know, in a line. */
  readonly note?: string
  readonly cause?: unknown
}

/** The signal ended the call, and the deployment goes on without it. */
export class LeftError extends Error {
  override readonly name = 'LeftError'
  readonly code = 'left'
  readonly retry = false
  readonly hint: string
  readonly left: Left

  constructor(left: Left) {
    const name = `${left.ref.app}/${left.ref.environment}`
    super(
      `${left.deployment === undefined ? 'the deployment' : `deployment ${left.deployment}`} of ${name} goes on ${left.where}`,
      { cause: left.cause },
    )
    this.hint = `follow it: atoll resume ${name}`
    this.left = left
  }
}

interface NotRunning {
  readonly ref: EnvironmentRef
  /** Begins the message: `copy from web`. */
  readonly doing: string
  /** Whether there is a service of that name. */
  readonly isKnown: boolean
  readonly services: readonly string[]
}

/** A service or a task that nothing can reach into; `not-found`. */
export const notRunning = ({ ref, doing, isKnown, services }: NotRunning): CommandError => {
  const name = `${ref.app}/${ref.environment}`
  if (isKnown || services.length === 0)
    return new CommandError('not-found', `${doing} of ${name}: it has no running task`, {
      hint: `"atoll status ${name}" says what runs and why not`,
    })
  return new CommandError('not-found', `${doing} of ${name}: there is no such service`, {
    hint: `its services are ${services.toSorted().join(', ')}`,
  })
}
