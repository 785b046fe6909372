import { deployments, follow, NotFoundError } from '@atoll/deploy'
import type { DeploymentEvent, DeploymentRecord } from '@atoll/deploy'
import { contextFor } from '../control.ts'
import type { Control, World } from '../control.ts'
import { limits } from '../limits.ts'
import { maskEvent } from './mask-event.ts'
import { collections, isLost } from './records.ts'
import type { OperationRecord } from './records.ts'
import { Ring } from './ring.ts'

export interface OperationEvent {
  readonly id?: string
  readonly event: DeploymentEvent
}

/** From the ring of the control that carries it; on every other control from the documents. */
export const followOperation = (
  control: Control,
  { id, lastId }: { readonly id: string; readonly lastId: string | undefined },
  signal: AbortSignal,
): AsyncIterable<OperationEvent> => {
  const ring = control.operations.findRing(id)
  return ring === undefined ? followDocuments(control, id, signal) : ring.read(lastId, signal)
}

/** Who begins anew here is told again what the documents still know. */
async function* followDocuments(world: World, id: string, signal: AbortSignal): AsyncGenerator<OperationEvent, void> {
  for (;;) {
    const found = await world.documents.find<OperationRecord>(collections.operation, id, signal)
    if (found === undefined || found.value.failure !== undefined || isLost(found.value, world.clock.now())) return
    const { outcome } = found.value
    if (outcome !== undefined) {
      const { kind: state, receipt } = outcome
      yield { event: { kind: 'end', atMs: receipt.endedAtMs ?? receipt.startedAtMs, state, receipt } }
      return
    }
    const deployment = await findDeployment(world, found.value, signal)
    if (deployment !== undefined && deployment.state !== 'running') {
      yield { event: endOf(deployment, deployment.state) }
      return
    }
    if (deployment !== undefined) {
      let hasEnded = false
      for await (const item of followRunning(world, found.value, signal)) {
        hasEnded = item.event.kind === 'end'
        yield item
      }
      if (hasEnded) return
    }
    await world.clock.wait(limits.controllerEveryMs, signal)
  }
}

export const findDeployment = async (
  world: World,
  { ref, deployment }: OperationRecord,
  signal: AbortSignal,
): Promise<DeploymentRecord | undefined> => {
  if (deployment === undefined) return undefined
  const found = await deployments(contextFor(world, 'atoll'), ref, signal)
  return found.find(({ number }) => number === deployment)
}

const endOf = (record: DeploymentRecord, state: Exclude<DeploymentRecord['state'], 'running'>): DeploymentEvent => ({
  kind: 'end',
  atMs: record.receipt.endedAtMs ?? record.receipt.startedAtMs,
  state,
  receipt: record.receipt,
})

/** Ends with the deployment, or when its owner fell silent. */
async function* followRunning(
  world: World,
  { ref }: OperationRecord,
  signal: AbortSignal,
): AsyncGenerator<OperationEvent, void> {
  const ring = new Ring({ name: '', most: limits.ringEvents })
  const stop = new AbortController()
  const options = {
    signal: AbortSignal.any([signal, stop.signal]),
    onEvent: (event: DeploymentEvent) => ring.add(maskEvent(event)),
  }
  const work = follow(contextFor(world, 'atoll'), ref, options).finally(() => ring.close())
  work.catch(() => undefined)
  try {
    for await (const { event } of ring.read(undefined, signal)) yield { event }
    await work.catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error
    })
  } finally {
    stop.abort()
  }
}
