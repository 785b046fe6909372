import type { Document } from '@atoll/store'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { findDeployment } from '../operations/follow-operation.ts'
import { collections, describeLoss, isLost, listOperations } from '../operations/records.ts'
import type { OperationRecord } from '../operations/records.ts'
import { removeSecrets } from '../operations/sealed-secrets.ts'
import { runLoop } from './run-loop.ts'

/** Ends operations whose control did not live to do it, so that no sealed value outlives its deployment. */
export const settleAllOperations = (world: World, signal: AbortSignal): Promise<void> =>
  runLoop(
    world,
    { name: 'settle operations', everyMs: limits.settleEveryMs, look: () => settleOperations(world, '', signal) },
    signal,
  )

export const settleOperations = async (world: World, prefix: string, signal: AbortSignal): Promise<void> => {
  for (const operation of await listOperations(world, prefix, signal)) {
    if (operation.value.endedAtMs !== undefined) continue
    const ended = await findEnd(world, operation, signal)
    if (ended === undefined) continue
    const write = { expected: operation.revision, value: { ...operation.value, ...ended } }
    await world.documents.put(collections.operation, operation.id, write, signal)
    await removeSecrets(world, operation.id, signal)
  }
}

const findEnd = async (
  world: World,
  { value }: Document<OperationRecord>,
  signal: AbortSignal,
): Promise<Partial<OperationRecord> | undefined> => {
  const nowMs = world.clock.now()
  if (isLost(value, nowMs)) return { endedAtMs: nowMs, failure: describeLoss(value) }
  const deployment = await findDeployment(world, value, signal)
  if (deployment === undefined) {
    return nowMs - value.startedAtMs > limits.operationBeginMs ? { endedAtMs: nowMs } : undefined
  }
  const { state, number, release, receipt } = deployment
  if (state === 'running') return undefined
  return { endedAtMs: receipt.endedAtMs ?? nowMs, outcome: { kind: state, deployment: number, release, receipt } }
}
