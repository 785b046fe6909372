import type { Engine, NodeDisk } from '@atoll/engine'
import type { ObservedDisk, ObservedNode } from '@atoll/plan'

/** What agents said last of the disks of their nodes. */
export interface Disks {
  put(nodeId: string, disk: NodeDisk): void
  find(nodeId: string): ObservedDisk | undefined
}

/** An agent that says nothing for so long knows more than we do. */
const freshMs = 90_000

export const createDisks = (now: () => number): Disks => {
  const known = new Map<string, { readonly disk: ObservedDisk; readonly atMs: number }>()
  return {
    put: (nodeId, { sizeBytes, freeBytes, usedShare, scarce, forecast }) => {
      const disk = { sizeBytes, freeBytes, usedShare, scarce, ...(forecast && { fullAtMs: forecast.fullAtMs }) }
      known.set(nodeId, { disk, atMs: now() })
      for (const [id, { atMs }] of known) if (now() - atMs > freshMs) known.delete(id)
    },
    find: (nodeId) => {
      const found = known.get(nodeId)
      return found !== undefined && now() - found.atMs <= freshMs ? found.disk : undefined
    },
  }
}

/** The same engine, whose nodes say how full they are. */
export const withDisks = <Port extends Engine>(engine: Port, disks: Disks): Port => {
  const add = (node: ObservedNode): ObservedNode => {
    const disk = disks.find(node.id)
    return disk === undefined ? node : { ...node, disk }
  }
  return {
    ...engine,
    nodes: async (signal) => (await engine.nodes(signal)).map(add),
    observe: async (ref, signal) => {
      const observed = await engine.observe(ref, signal)
      return { ...observed, nodes: observed.nodes.map(add) }
    },
  }
}
