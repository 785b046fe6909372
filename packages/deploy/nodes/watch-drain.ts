import { findDrainProgress } from '@atoll/plan'
import type { DrainProgress } from '@atoll/plan'
import type { Context } from '../context.ts'
import { limits } from '../limits.ts'
import type { Drainer } from './drainer.ts'
import { getNode } from './look-at-nodes.ts'

/** How far the drain of a node is; undefined when it is not to be drained. NotFoundError when there is no such node. */
export const findDrainOf = async (
  { engine }: Pick<Context, 'engine'>,
  given: string,
  signal: AbortSignal,
): Promise<DrainProgress | undefined> => {
  const occupancy = await engine.occupancy(signal)
  return findDrainProgress(occupancy, getNode(occupancy.nodes, given, `look at the drain of ${given}`).id)
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
