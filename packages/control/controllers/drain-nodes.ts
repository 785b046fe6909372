import { BusyError, createDrainer } from '@atoll/deploy'
import { findDrain } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/**
 * Empties the nodes whose label says so, and takes away what drains that are over have left behind. Which nodes those are
 * stands with the nodes, so the control that leads next goes on. Resolves when the signal has come and all moves are left.
 */
export const drainNodes = async (world: World, signal: AbortSignal): Promise<void> => {
  const onTrouble = (ref: { readonly app: string; readonly environment: string }, error: unknown): void => {
    if (!(error instanceof BusyError)) world.log({ event: 'not moved from a node', ...ref, error: String(error) })
  }
  const drainer = createDrainer(contextFor(world, 'atoll'), { onTrouble })
  let settled = ''
  const look = async (): Promise<void> => {
    const nodes = await world.recentNodes(signal)
    for (const { id } of nodes.filter(isMoving)) await drainer.step(id, signal)
    const present = describe(nodes)
    // One look at all services whenever a drain began or ended, and not each time.
    if (present !== settled && (await drainer.settle(signal)) === 0) settled = present
  }
  await runLoop(world, { name: 'drain nodes', everyMs: limits.controllerEveryMs, look }, signal)
  await drainer.idle()
}

const isMoving = (node: ObservedNode): boolean => findDrain(node) !== undefined && node.availability !== 'drain'

const describe = (nodes: readonly ObservedNode[]): string =>
  nodes.map((node) => `${node.id}${findDrain(node) === undefined ? '' : ' drained'}`).join()
