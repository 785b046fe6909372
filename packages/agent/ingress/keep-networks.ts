import { setTimeout as delay } from 'node:timers/promises'
import type { IngressContainer, LocalIngress, NodeNetwork } from '@atoll/engine'
import { isPlatformName } from '../policy-names.ts'

/** Others' routes do not wait any longer for a network; who is in it answers as soon as it is joined. */
const patienceMs = 1_000
/** It goes on when nobody waits for it any more: a node that has no task of a network takes seconds to get it. */
const joinMs = 60_000

/** Each may take the node a container of a second. */
const atOnce = 4

export interface NetworkParts {
  readonly local: LocalIngress
  readonly say: (message: string, more?: object) => void
  readonly partAfterMs: number
}

/** Joins the container of the ingress to networks, and parts it from those it has not needed for a while. */
export const createNetworkKeeper = ({ local, say, partAfterMs }: NetworkParts) => {
  /** By container and network. */
  const joining = new Map<string, Promise<void>>()
  const inTurn = createLanes(atOnce)
  let surplus: ReadonlyMap<string, number> = new Map()
  let isMissing = false
  const join = (container: IngressContainer, network: NodeNetwork): Promise<void> => {
    const key = `${container.id} ${network.name}`
    const joined =
      joining.get(key) ??
      inTurn(() => local.join(container, network, AbortSignal.timeout(joinMs)))
        .catch((error: unknown) =>
          say('the ingress cannot join a network', { network: network.name, error: String(error) }),
        )
        .finally(() => joining.delete(key))
    joining.set(key, joined)
    return joined
  }
  return {
    /** Some networks are still to be joined, or wait to be left. */
    isUnsettled: (): boolean => isMissing || surplus.size > 0,
    keep: async (container: IngressContainer, wanted: readonly NodeNetwork[], signal: AbortSignal): Promise<void> => {
      const { id, networks, held } = container
      const missing = wanted.filter(({ name }) => !networks.includes(name) || !held.includes(name))
      isMissing = missing.length > 0
      const joined = Promise.all(missing.map((network) => join(container, network)))
      await Promise.race([joined, delay(patienceMs, undefined, { ref: false })])
      const nowMs = performance.now()
      const left = networks.filter((name) => !isPlatformName(name) && wanted.every((network) => network.name !== name))
      surplus = new Map(left.map((network) => [network, surplus.get(network) ?? nowMs]))
      for (const [network, sinceMs] of surplus) {
        if (nowMs - sinceMs < partAfterMs) continue
        await local.part(id, network, signal)
        say('the ingress has left a network', { network })
      }
    },
  }
}

/** Runs so many at once, and others when one of them is done. */
const createLanes = (count: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const lanes: Promise<unknown>[] = Array.from({ length: count }, () => Promise.resolve())
  let turn = 0
  return (work) => {
    const lane = turn++ % count
    const done = (lanes[lane] ?? Promise.resolve()).then(work)
    lanes[lane] = done.catch(() => undefined)
    return done
  }
}
