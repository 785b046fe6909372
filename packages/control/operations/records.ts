import type { Failure, Parsed, Plain, Reply } from '@atoll/api'
import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'
import { toFailure } from '../to-failure.ts'

export type DeploymentRequest = Parsed<'startDeployment', 'body'>

/** Document `operation`, id `APP.ENVIRONMENT.NAME`. */
export interface OperationRecord {
  readonly ref: EnvironmentRef
  readonly kind: DeploymentRequest['kind']
  readonly by: string
  readonly node: string
  readonly startedAtMs: number
  /** Of the request it was asked for with. */
  readonly digest: string
  /** Until there is a deployment: whose control does not renew this in time is gone, and nothing was begun. */
  readonly aliveUntilMs?: number
  readonly deployment?: number
  readonly endedAtMs?: number
  readonly outcome?: NonNullable<Reply<'getOperation'>['outcome']>
  readonly failure?: Plain<Failure>
}

/** `sealed`: what has to be known to go on with an operation whose control is gone; same id, there until it has ended. */
export const collections = { operation: 'operation', sealed: 'sealed' } as const

export const prefixOf = ({ app, environment }: EnvironmentRef): string => `${app}.${environment}.`

export const listOperations = (
  { documents }: World,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly Document<OperationRecord>[]> =>
  documents.list<OperationRecord>(collections.operation, { prefix }, signal)

/** Whether its control died before it was a deployment: nobody will carry it on. */
export const isLost = ({ aliveUntilMs, deployment, endedAtMs }: OperationRecord, nowMs: number): boolean =>
  endedAtMs === undefined && deployment === undefined && aliveUntilMs !== undefined && aliveUntilMs <= nowMs

/** What such an operation failed with. */
export const describeLoss = ({ node }: OperationRecord): Plain<Failure> =>
  toFailure(
    new ControlError('operation-lost', `the control of ${node} died before it had begun`, {
      status: 503,
      retry: true,
      hint: 'nothing was changed: ask again',
    }),
  )

/** Forgets what ended long ago, and its idempotency keys with it. */
export const forgetOperations = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<void> => {
  const beforeMs = world.clock.now() - limits.operationMs
  for (const { id, value } of await listOperations(world, prefixOf(ref), signal)) {
    if ((value.endedAtMs ?? beforeMs) < beforeMs) await world.documents.remove(collections.operation, id, signal)
  }
}
