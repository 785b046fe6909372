import type { ImageClaims, PruneItem, PruneReport, PruneRequest } from '@atoll/engine'
import type { LocalEngine } from '@atoll/engine/swarm'
import { readMemory, remember, writeMemory } from './image-memory.ts'
import type { Memory } from './image-memory.ts'

/** How much of what nobody needs stays on a node. */
export interface GarbageLimits {
  /** An image that was used within this time stays while there is room. */
  readonly imageIdleMs: number
  /** And so many bytes of those older: the smaller of both. */
  readonly imageBytes: number
  readonly imageShare: number
}

export type CollectingEngine = Pick<LocalEngine, 'inventory' | 'collect' | 'clearCache'>

export interface Collector {
  /** Which images are needed, by who knows the releases. It counts for a while only. */
  claim(claims: ImageClaims): void
  /** Looks who uses which image, so that an app that was here for a short time only is remembered, too. */
  notice(signal: AbortSignal): Promise<void>
  /** With a budget what is beyond it; without, all that nobody needs. Gives what was removed. */
  collect(options: { readonly hasBudget: boolean; readonly sizeBytes: number }, signal: AbortSignal): Promise<Collected>
  clearCache(signal: AbortSignal): Promise<readonly PruneItem[]>
  /** What somebody asks for now: everything nobody needs, by what they say of it. */
  prune(request: PruneRequest, signal: AbortSignal): Promise<PruneReport>
}

export interface Collected {
  readonly removed: readonly PruneItem[]
  /** Nobody told of late which images are needed: none was removed. */
  readonly isBlind: boolean
}

export interface CollectorParts {
  readonly engine: CollectingEngine
  readonly limits: GarbageLimits
  /** Where it remembers who used which image. */
  readonly folder: string
  readonly now: () => number
}

/** Three times as long as controls wait between two tellings. */
const claimsMs = 15 * 60_000
/** Under pressure, too: a task may be about to start with it. */
const justUsedMs = 30 * 60_000
const cacheIdleMs = 3_600_000

export const createCollector = ({ engine, limits, folder, now }: CollectorParts): Collector => {
  let told: { readonly claims: ImageClaims; readonly atMs: number } | undefined
  let memory: Memory | undefined
  const look = async (signal: AbortSignal): Promise<Memory> => {
    const before = memory ?? (await readMemory(folder))
    memory = remember(before, await engine.inventory(signal), now())
    // Without room to write it down the agent goes on with what it has in mind.
    await writeMemory(folder, memory).catch(() => undefined)
    return memory
  }
  return {
    claim: (claims) => void (told = { claims, atMs: now() }),
    notice: async (signal) => void (await look(signal)),
    collect: async ({ hasBudget, sizeBytes }, signal) => {
      const known = await look(signal)
      const claims = told !== undefined && now() - told.atMs < claimsMs ? { claims: told.claims } : {}
      const bytes = Math.min(limits.imageBytes, limits.imageShare * sizeBytes)
      const budget = hasBudget ? { idleMs: limits.imageIdleMs, bytes } : { idleMs: justUsedMs, bytes: 0 }
      const buildCache = { keepBytes: hasBudget ? bytes : 0, idleMs: cacheIdleMs }
      const order = { nowMs: now(), memory: known, budget, buildCache, isDryRun: false, ...claims }
      const { removed } = await engine.collect(order, signal)
      return { removed, isBlind: told === undefined || !('claims' in claims) }
    },
    clearCache: (signal) => engine.clearCache({ keepBytes: 0, idleMs: cacheIdleMs }, signal),
    prune: async (request, signal) =>
      engine.collect(
        { ...request, nowMs: now(), memory: await look(signal), buildCache: { keepBytes: 0, idleMs: 0 } },
        signal,
      ),
  }
}
