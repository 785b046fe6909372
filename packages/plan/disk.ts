import type { ObservedDisk } from './observed.ts'

/** What is done about a disk, from which share of it on. Each rung holds for all above it. */
export const diskLadder = {
  /** The day it will be full is told. */
  forecast: 0.7,
  /** The agent gives up the cache of builds. */
  collectCache: 0.8,
  /** The agent gives up images nobody needs, without regard to its budget. */
  collectImages: 0.85,
  /** It is told in every status, and the node builds no more. */
  refuseBuilds: 0.9,
  /** Nothing is deployed that would put an image there, unless told to. */
  refuseDeployments: 0.95,
  /** The agent gives up the room it holds for the engine itself; below `refuseBuilds` it takes it again. */
  giveUpReserve: 0.98,
} as const

const dayMs = 86_400_000
/** Further away it says nothing anybody could act upon. */
const soonMs = 7 * dayMs

/** What a person should know of a node's disk before it hurts; undefined while there is nothing to say. */
export const describeDisk = (name: string, disk: ObservedDisk, nowMs: number): string | undefined => {
  const { usedShare, scarce, fullAtMs } = disk
  const full = `the disk of ${name} is ${percent(usedShare)} full${scarce === 'inodes' ? ' (of inodes)' : ''}`
  if (usedShare >= diskLadder.refuseDeployments) return `${full}: nothing is deployed that would put an image there`
  if (usedShare >= diskLadder.refuseBuilds) return `${full}: it builds no images`
  if (fullAtMs === undefined || fullAtMs - nowMs > soonMs) return undefined
  const isTold = usedShare >= diskLadder.forecast || fullAtMs - nowMs < dayMs
  return isTold ? `${full}, and will be in ${aboutHowLong(fullAtMs - nowMs)} at this pace` : undefined
}

const percent = (share: number): string => `${Math.floor(share * 100)} %`

/** `about 3 days`, `about 5 hours`, `less than an hour`. */
export const aboutHowLong = (ms: number): string => {
  const hours = ms / 3_600_000
  if (hours < 1) return 'less than an hour'
  if (hours < 36) return hours < 1.5 ? 'about an hour' : `about ${Math.round(hours)} hours`
  return `about ${Math.round(hours / 24)} days`
}
