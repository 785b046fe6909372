import type { Obstacle } from './obstacles.ts'

/** What would become of the cluster without some of its nodes. */
export interface WhatIf {
  /** Names of the lost nodes. */
  readonly lost: readonly string[]
  /** No service has fewer tasks than before or starts without its data, and the managers keep their majority. */
  readonly survives: boolean
  readonly managers: Managers
  readonly totals: Totals
  /** Those with tasks on the lost nodes. */
  readonly services: readonly ServiceLoss[]
  /** What is left of the others, once all has been placed. */
  readonly nodes: readonly NodeRoom[]
}

/** Managers there are, those left of them, and how many it takes for anything to be written. */
export interface Managers {
  readonly all: number
  readonly left: number
  readonly needed: number
}

export interface Totals {
  readonly services: number
  /** Tasks on the lost nodes. */
  readonly tasks: number
  readonly moved: number
  readonly lost: number
}

export interface ServiceLoss {
  /** Absent: somebody else's. */
  readonly ref?: { readonly app: string; readonly environment: string }
  readonly service: string
  readonly mode: 'replicated' | 'global'
  /** Tasks there should be; not of a global one. */
  readonly wanted?: number
  readonly before: number
  readonly after: number
  /** Tasks that are started on other nodes. */
  readonly moved: number
  /** Tasks that are missing then. A global service misses none that went with its node, unless all did. */
  readonly lost: number
  /** None of it runs until the first has started elsewhere. */
  readonly isInterrupted: boolean
  /** Volumes that are empty where it starts again: their content is on a lost node, and nothing binds it to that. */
  readonly emptyVolumes: readonly string[]
  /** Why tasks are lost, in numbers. */
  readonly because: readonly string[]
  /** What keeps it off each node that is left; only when tasks are lost. */
  readonly obstacles: readonly Obstacle[]
}

/** By what is reserved. */
export interface NodeRoom {
  readonly node: string
  /** False: drained or paused. */
  readonly takesTasks: boolean
  readonly tasks: number
  readonly freeMemoryBytes: number
  readonly freeNanoCpus: number
}

/** Whether a service is afterwards what it was before. */
export const isWhole = ({ lost, emptyVolumes }: ServiceLoss): boolean => lost === 0 && emptyVolumes.length === 0
