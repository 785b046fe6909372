import type { ServiceAnswers } from '@atoll/engine'

/** What a release that is a canary says of itself. */
export interface CanaryPlan {
  /** Release beside which it runs, and that is gone back to. */
  readonly base: number
  /** Of the requests, which part the new tasks get: 0.001 to 0.9. */
  readonly share: number
  /** How long it is measured. */
  readonly forMs: number
  /** Services that run in both versions. */
  readonly services: readonly CanaryService[]
}

export interface CanaryService {
  /** Compose name: the old tasks. */
  readonly service: string
  /** The service that was put beside it. */
  readonly canary: string
}

/** How a canary is going. Document `canary-watch`, id `APP.ENVIRONMENT`: the leader's control writes it, whichever that is. */
export interface CanaryWatch {
  /** The release that is the canary. */
  readonly release: number
  readonly startedAtMs: number
  readonly untilMs: number
  /** Where counting was begun. Absent: the new tasks are given a moment first. */
  readonly begun?: unknown
  readonly figures?: CanaryFigures
  /** Of the figures. */
  readonly measuredAtMs?: number
  /** It has been decided, and is being done. */
  readonly verdict?: CanaryVerdict
}

export interface CanaryFigures {
  /** What tasks of the release before were given. */
  readonly old: ServiceAnswers
  /** What those of the new one were. */
  readonly new: ServiceAnswers
  /** Names of nodes whose part is in no number. */
  readonly uncounted: readonly string[]
}

export type CanaryRule = 'errors' | 'latency' | 'too-few' | 'as-good' | 'asked' | 'failed'

export interface CanaryVerdict {
  readonly kind: 'promote' | 'abort'
  readonly rule: CanaryRule
  /** `the new one fails 4.1 % of its requests, the old one 0.1 %`. */
  readonly because: string
}

/** Of the deployment that ended a canary: what was measured, and why it went this way. */
export interface CanaryReceipt extends CanaryVerdict {
  readonly release: number
  readonly share: number
  /** Absent: it was ended before anything was measured. */
  readonly figures?: CanaryFigures
}

/** As people see it. */
export interface CanaryStatus extends CanaryPlan, Omit<CanaryWatch, 'begun'> {
  readonly isMeasuring: boolean
}
