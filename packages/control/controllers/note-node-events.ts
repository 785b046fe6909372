import type { NodeEvent, NodeWatch } from '@atoll/deploy'
import { watchCollections } from '@atoll/deploy'
import { ConflictError } from '@atoll/store'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'

const id = 'newest'

/** Adds to what happened to nodes; whoever watches them writes there, too. */
export const noteNodeEvents = async (
  { documents }: Pick<World, 'documents'>,
  events: readonly NodeEvent[],
  signal: AbortSignal,
): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    const known = await documents.find<NodeWatch>(watchCollections.nodes, id, signal)
    const { nodes, events: before } = known?.value ?? { nodes: [], events: [] }
    const value = { nodes, events: [...before, ...events].slice(-limits.nodeEvents.most) }
    try {
      await documents.put<NodeWatch>(watchCollections.nodes, id, { expected: known?.revision ?? 0, value }, signal)
      return
    } catch (error) {
      if (!(error instanceof ConflictError) || tries >= limits.settingsTries) throw error
    }
  }
}
