import { setTimeout as delay } from 'node:timers/promises'
import type { Engine, EnvironmentRef } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import { limits } from './limits.ts'
import type { DeploymentEvent } from './records.ts'
import type { SiteBringer } from './sites.ts'
import type { VisitorCounter } from './visitors.ts'

/** Time comes from outside, so that a test runs an hour of it in a moment. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when that comes first. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** Everything a deployment knows of the world. Who calls it wires this: the CLI today, the control process later. */
export interface Context {
  readonly engine: Engine
  readonly documents: Documents
  readonly clock: Clock
  /** Who we are, as others read it: `user@host`. */
  readonly owner: string
  /** This process and how to tell that another is gone; without it a silent owner is waited out for its lease. */
  readonly processes?: ProcessTable
  /** Something nobody can guess and nobody else has: it is what proves that a lease is ours. */
  readonly newToken: () => string
  /** Absent where nobody serves routes. */
  readonly visitors?: VisitorCounter
  /** Likewise. */
  readonly sites?: SiteBringer
}

export interface ProcessTable {
  /** Names this process for as long as the world stands: machine, start of the machine, process, its start. */
  readonly own: string
  /** True only when it is certain: a process of another machine is never called gone. */
  readonly isGone: (process: string) => boolean
}

/**
 * `signal` ends the call, not the deployment: once that has begun the call throws HandedOverError and the
 * environment waits for whoever brings the token (see resume).
 */
export interface RunOptions {
  readonly signal: AbortSignal
  readonly onEvent: (event: DeploymentEvent) => void
}

/** A call, its environment and how it is run: what every step is given. */
export interface Call extends RunOptions {
  readonly context: Context
  readonly ref: EnvironmentRef
  /** The world may be away no longer than this, where a step would by itself wait longer. */
  readonly outageMs?: number
}

/** Of a deployment that has not begun: it gives up after an election's time, having changed nothing. */
export const callToBegin = (context: Context, ref: EnvironmentRef, options: RunOptions): Call => ({
  context,
  ref,
  ...options,
  outageMs: limits.beginOutageMs,
})

/** The same once the lease is taken: what has begun is given up late. */
export const callUnderWay = (call: Call): Call => {
  const { outageMs: _, ...underWay } = call
  return underWay
}

export const systemClock: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw error
    })
  },
}
