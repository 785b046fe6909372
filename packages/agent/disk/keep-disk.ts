import { setTimeout as delay } from 'node:timers/promises'
import { measureDisk } from '@atoll/engine/swarm'
import { createCollector } from './collector.ts'
import type { CollectingEngine, GarbageLimits } from './collector.ts'
import { openReserve } from './reserve.ts'
import { createDiskKeeper } from './watch-disk.ts'
import type { DiskWatch } from './watch-disk.ts'

export interface DiskParts {
  /** A folder on the file system the engine keeps its data on; what is in it is the agent's. */
  readonly folder: string
  readonly limits: GarbageLimits
  readonly engine: CollectingEngine
  readonly now: () => number
  readonly writeLog: (entry: object) => void
}

export interface KeptDisk {
  readonly watch: DiskWatch
  /** Until the signal comes; then the reserve is given back, as nobody may be there to do it later. */
  keep(signal: AbortSignal): Promise<void>
}

/** A disk can be filled within seconds, and looking at it costs nothing. */
const everyMs = 5_000

/** Throws what `statfs` throws when the folder is not there. */
export const openDisk = async ({ folder, limits, engine, now, writeLog }: DiskParts): Promise<KeptDisk> => {
  const measure = () => measureDisk(folder)
  const reserve = openReserve(folder, (await measure()).sizeBytes)
  await reserve.find()
  const say = (message: string, more: object = {}): void =>
    writeLog({ time: new Date(now()).toISOString(), message, ...more })
  const collector = createCollector({ engine, limits, folder, now })
  const keeper = createDiskKeeper({ measure, collector, reserve, now, say })
  return {
    watch: keeper,
    keep: async (signal) => {
      const repeat = async (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
        while (!signal.aborted) {
          await work(signal).catch((error: unknown) => {
            if (!signal.aborted) say('looking after the disk failed', { error: String(error) })
          })
          await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
        }
      }
      await Promise.all([repeat((ended) => keeper.look(ended)), repeat((ended) => keeper.tidy(ended))])
      await reserve.giveUp()
    },
  }
}
