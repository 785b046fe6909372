import type { ImageStore } from '@atoll/engine/swarm'

export interface TestImages extends ImageStore {
  /** Ids by `NODE REFERENCE`. */
  readonly held: Map<string, string>
  /** References pushed, by what they were. */
  readonly pushed: Map<string, string>
}

/** For tests: the images of nodes in memory. Loading an archive gives every node the same id unless `idOf` says otherwise. */
export const createTestImages = (
  reached: readonly string[],
  { reference = '', idOf = () => 'sha256:1' }: { reference?: string; idOf?: (nodeId: string) => string } = {},
): TestImages => {
  const held = new Map<string, string>()
  const pushed = new Map<string, string>()
  return {
    held,
    pushed,
    reach: async () => new Set(reached),
    find: async (place) => held.get(`${place.nodeId} ${place.reference}`),
    load: async ({ nodeId }) => void held.set(`${nodeId} ${reference}`, idOf(nodeId)),
    copy: async ({ reference: copied, fromNodeId, toNodeId }) => {
      const id = held.get(`${fromNodeId} ${copied}`)
      if (id !== undefined) held.set(`${toNodeId} ${copied}`, id)
    },
    publish: async ({ from, to }) => {
      pushed.set(to, from)
      return `${to}@sha256:2`
    },
  }
}
