import { BusyError, foreseeRebalancing, NothingToDoError, rebalance } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { findDrain } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { isWithin } from '../is-within.ts'
import { limits } from '../limits.ts'
import { readSettings } from '../settings.ts'
import { runLoop } from './run-loop.ts'

/** Nodes as they have been since a moment, and whether tasks were spread over them by then. */
interface Standing {
  readonly nodes: string
  readonly sinceMs: number
  readonly isDone: boolean
}

/**
 * Spreads tasks again some time after nodes came back, were resumed or joined, where the cluster is set so. Once for each such
 * change: what a deployment places otherwise later is its own choice. A control that begins to lead looks once, too.
 */
export const spreadTasks = async (world: World, signal: AbortSignal): Promise<void> => {
  let standing: Standing | undefined
  const look = async (): Promise<void> => {
    const nodes = await world.recentNodes(signal)
    const present = describe(nodes)
    const nowMs = world.clock.now()
    if (standing?.nodes !== present) standing = { nodes: present, sinceMs: nowMs, isDone: false }
    if (standing.isDone || nowMs - standing.sinceMs < limits.spread.settleMs || nodes.some(isMoving)) return
    const { rebalance: setting } = await readSettings(world, signal)
    if (!setting.isAutomatic || !isWithin(setting.hours, nowMs)) return
    standing = { ...standing, isDone: await spreadAll(world, signal) }
  }
  await runLoop(world, { name: 'spread tasks', everyMs: limits.spread.everyMs, look }, signal)
}

const isMoving = (node: ObservedNode): boolean => findDrain(node) !== undefined && node.availability !== 'drain'

const describe = (nodes: readonly ObservedNode[]): string =>
  nodes
    .filter(({ state, availability }) => state === 'ready' && availability === 'active')
    .map(({ id }) => id)
    .join()

/** False: somebody deploys, and it is looked at again. */
const spreadAll = async (world: World, signal: AbortSignal): Promise<boolean> => {
  const { services } = await foreseeRebalancing(world, { isStateful: false }, signal)
  const refs = new Map(services.map(({ ref }) => [`${ref.app}/${ref.environment}`, ref]))
  let isDone = true
  for (const ref of refs.values()) isDone = (await spread(world, ref, signal)) && isDone
  return isDone
}

/** One that fails has a receipt that says why, and is not tried again before nodes change. */
const spread = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<boolean> => {
  try {
    const request = { ref, isStateful: false, isAutomatic: true }
    await rebalance(contextFor(world, 'atoll'), request, { signal, onEvent: () => {} })
    return true
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NothingToDoError) return true
    world.log({ event: 'not spread again', ...ref, error: String(error) })
    return !(error instanceof BusyError)
  }
}
