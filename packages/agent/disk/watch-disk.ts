import type { ImageClaims, NodeDisk, PruneReport, PruneRequest } from '@atoll/engine'
import { diskLadder } from '@atoll/plan'
import type { Collector } from './collector.ts'
import type { Reserve } from './reserve.ts'
import { findTrend } from './trend.ts'
import type { DiskSample } from './trend.ts'

/** What an agent knows of its node's disk. */
export interface DiskWatch {
  /** Undefined until it was measured once. */
  read(): NodeDisk | undefined
  claim(claims: ImageClaims): void
  prune(request: PruneRequest, signal: AbortSignal): Promise<PruneReport>
}

export interface WatchParts {
  readonly measure: () => Promise<NodeDisk>
  readonly collector: Collector
  readonly reserve: Reserve
  readonly now: () => number
  readonly say: (message: string, more?: object) => void
}

const sampleEveryMs = 60_000
/** Six hours. */
const mostSamples = 360
const noticeEveryMs = 300_000
const collectEveryMs = 3_600_000
/** What was not enough is tried again after so long. */
const pressureEveryMs = 600_000

/** Each does one thing at a time; both together are the ladder. */
export interface DiskKeeper extends DiskWatch {
  /** Measures, and gives the reserve up or takes it: at once, whatever else is under way. */
  look(signal: AbortSignal): Promise<void>
  /** Collects what the rung of the last look asks for, which may take minutes. */
  tidy(signal: AbortSignal): Promise<void>
}

export const createDiskKeeper = ({ measure, collector, reserve, now, say }: WatchParts): DiskKeeper => {
  let disk: NodeDisk | undefined
  let samples: readonly DiskSample[] = []
  const doneAtMs = { notice: -Infinity, routine: now(), cache: -Infinity, images: -Infinity }
  const isDue = (what: keyof typeof doneAtMs, everyMs: number): boolean => {
    if (now() - doneAtMs[what] < everyMs) return false
    doneAtMs[what] = now()
    return true
  }
  const note = (measured: NodeDisk): void => {
    const last = samples.at(-1)
    if (last === undefined || now() - last.atMs >= sampleEveryMs)
      samples = [...samples, { atMs: now(), usedShare: measured.usedShare }].slice(-mostSamples)
    const trend = findTrend(samples)
    const forecast = trend && { fullAtMs: trend.fullAtMs, bytesPerHour: trend.sharePerHour * measured.sizeBytes }
    const held = { bytes: reserve.bytes, isHeld: reserve.isHeld() }
    disk = { ...measured, reserve: held, ...(forecast === undefined ? {} : { forecast }) }
  }
  const collect = async (hasBudget: boolean, { sizeBytes }: NodeDisk, signal: AbortSignal): Promise<void> => {
    const { removed, isBlind } = await collector.collect({ hasBudget, sizeBytes }, signal)
    if (removed.length > 0) say('collected what nobody needs', { removed: removed.map(({ name }) => name) })
    if (isBlind && !hasBudget) say('images stay: no control has told which are needed')
  }
  const tidy = async (signal: AbortSignal): Promise<void> => {
    if (disk === undefined) return
    const { usedShare } = disk
    if (isDue('notice', noticeEveryMs)) await collector.notice(signal)
    if (usedShare >= diskLadder.collectImages && isDue('images', pressureEveryMs)) await collect(false, disk, signal)
    else if (usedShare >= diskLadder.collectCache && isDue('cache', pressureEveryMs)) await collector.clearCache(signal)
    else if (isDue('routine', collectEveryMs)) await collect(true, disk, signal)
  }
  return {
    read: () => disk,
    claim: (claims) => collector.claim(claims),
    prune: (request, signal) => collector.prune(request, signal),
    look: async (signal) => {
      const measured = await measure()
      note(measured)
      await keepReserve(reserve, { usedShare: measured.usedShare, say }, signal)
      note(await measure())
    },
    tidy,
  }
}

interface Keeping {
  readonly usedShare: number
  readonly say: WatchParts['say']
}

const keepReserve = async (reserve: Reserve, { usedShare, say }: Keeping, signal: AbortSignal): Promise<void> => {
  if (reserve.bytes === 0) return
  if (reserve.isHeld() && usedShare >= diskLadder.giveUpReserve) {
    await reserve.giveUp()
    say('the disk is full: the room held for the engine is given up', { bytes: reserve.bytes })
  } else if (!reserve.isHeld() && usedShare < diskLadder.refuseBuilds && (await reserve.take(signal))) {
    say('room for the engine is held', { bytes: reserve.bytes })
  }
}
