import type { Clock } from '@atoll/deploy'
import type { Engine } from '@atoll/engine'
import type { ObservedNode } from '@atoll/plan'
import { limits } from './limits.ts'

export type RecentNodes = (signal: AbortSignal) => Promise<readonly ObservedNode[]>

/**
 * The nodes as the engine told them a moment ago (`limits.recentNodesMs`), for who looks often and asks the engine itself before
 * anything is done: a dozen loops share one question. The signal is that of who happens to ask. Throws EngineError.
 */
export const shareNodes = ({ engine, clock }: { readonly engine: Engine; readonly clock: Clock }): RecentNodes => {
  let last: { readonly atMs: number; readonly nodes: Promise<readonly ObservedNode[]> } | undefined
  return (signal) => {
    if (last !== undefined && clock.now() - last.atMs < limits.recentNodesMs) return last.nodes
    const asked = { atMs: clock.now(), nodes: engine.nodes(signal) }
    last = asked
    // What went wrong is told to all who wait for it, and not kept.
    asked.nodes.catch(() => {
      if (last === asked) last = undefined
    })
    return asked.nodes
  }
}
