import type { Document } from '@atoll/store'

/** Everything that makes a cluster of Atoll this one. Plain values: whoever holds it holds the cluster. */
export interface State {
  readonly about: About
  /** Every kept revision; of each document the oldest first. */
  readonly documents: readonly Document[]
  /** Secrets of the platform itself, which only its own programs can read. */
  readonly keys: readonly PlatformKey[]
}

/** What is said of a backup besides what is in it. */
export interface About {
  /** `20261122T044500Z-1f3a`. */
  readonly id: string
  readonly madeAtMs: number
  /** Of Atoll. */
  readonly version: string
  /** Who asked for it. */
  readonly by: string
  /** As they were: told at a restore, and not made again. */
  readonly nodes: readonly NodeNote[]
}

export interface NodeNote {
  readonly name: string
  readonly isManager: boolean
  readonly labels: Readonly<Record<string, string>>
}

export interface PlatformKey {
  readonly engineName: string
  readonly value: string
}

/** Sorts by time; `random` gives so many bytes. */
export const createId = (nowMs: number, random: (bytes: number) => Uint8Array): string => {
  const at = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${at}-${Buffer.from(random(2)).toString('hex')}`
}
