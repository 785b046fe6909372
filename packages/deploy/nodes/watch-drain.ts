import { findDrainProgress } from '@atoll/plan'
import type { DrainedService, DrainProgress } from '@atoll/plan'
import type { Context } from '../context.ts'
import { limits } from '../limits.ts'
import { deployments } from '../look/releases.ts'
import type { Drainer } from './drainer.ts'
import { getNode } from './look-at-nodes.ts'

/**
 * How far the drain of a node is, whoever drives it; undefined when it is not to be drained. A service whose move has failed
 * stays, until it is tried again. NotFoundError when there is no such node.
 */
export const findDrainOf = async (
  context: Context,
  given: string,
  signal: AbortSignal,
): Promise<DrainProgress | undefined> => {
  const occupancy = await context.engine.occupancy(signal)
  const { id } = getNode(occupancy.nodes, given, `look at the drain of ${given}`)
  const progress = findDrainProgress(occupancy, id)
  if (progress === undefined || progress.stage !== 'moving') return progress
  const services = await Promise.all(
    progress.services.map((service) => judgeMove(context, { service, progress }, signal)),
  )
  return { ...progress, services }
}

const judgeMove = async (
  context: Context,
  { service, progress }: { readonly service: DrainedService; readonly progress: DrainProgress },
  signal: AbortSignal,
): Promise<DrainedService> => {
  const { ref, way } = service
  if (ref === undefined || (way !== 'moves' && way !== 'follows')) return service
  const [last] = await deployments(context, ref, signal)
  const isOfDrain = last?.task.kind === 'repair' && last.receipt.startedAtMs >= progress.sinceMs
  if (!isOfDrain || last.state !== 'failed') return service
  const causes = last.receipt.causes.filter((cause) => cause.service === service.service || cause.service === '')
  return causes.length === 0 ? service : { ...service, way: 'stays', because: causes.map(({ message }) => message) }
}

/** Drives the drain of a node, and tells how far it is; ends when nobody wants it drained any more. */
export async function* driveDrain(
  { engine, clock }: Pick<Context, 'engine' | 'clock'>,
  { drainer, node: given }: { readonly drainer: Drainer; readonly node: string },
  signal: AbortSignal,
): AsyncGenerator<DrainProgress, void, undefined> {
  const { id } = getNode(await engine.nodes(signal), given, `drain ${given}`)
  for (;;) {
    const progress = await drainer.step(id, signal)
    if (progress === undefined) return
    yield progress
    await clock.wait(limits.drain.everyMs, signal)
  }
}

/** Takes away what drains that are over have left behind, as far as that goes within a minute; true: all of it. */
export const settleDrains = async (
  { clock }: Pick<Context, 'clock'>,
  drainer: Drainer,
  signal: AbortSignal,
): Promise<boolean> => {
  const untilMs = clock.now() + limits.drain.settleMs
  while ((await drainer.settle(signal)) > 0) {
    if (clock.now() >= untilMs) return false
    await clock.wait(limits.drain.everyMs, signal)
  }
  return true
}
