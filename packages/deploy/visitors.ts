import type { Answers, EnvironmentRef, Probing, RouteProbes, ServiceTally } from '@atoll/engine'

/** What visitors of an environment got during a deployment, as whoever serves its routes has counted it. */
export interface Visitors {
  /** Of all routes. */
  readonly all: VisitorAnswers
  /** Of those that had a request, most requests first. */
  readonly routes: readonly RouteAnswers[]
  /** Of routes that more than one service answers, what the tasks of each did. */
  readonly services?: readonly ServiceTally[]
  /** Names of nodes whose part is in no number: they could not be asked, or lost what they had counted. */
  readonly uncounted: readonly string[]
  /** What came of the requests that were made to see whether routes answer; they are in no other number. Absent: there were none. */
  readonly probes?: Probes
}

export interface Probes extends ProbeCounts, Probing {
  /** How many nodes have asked. */
  readonly nodes: number
  readonly routes: readonly RouteProbes[]
}

export type ProbeCounts = Omit<RouteProbes, 'route'>

export interface VisitorAnswers extends Answers {
  /** The longest that a task took to take a connection or to begin its answer; 0: nobody was asked. */
  readonly slowestMs: number
}

export interface RouteAnswers extends VisitorAnswers {
  /** As people name it. */
  readonly route: string
}

/** No call throws but with the signal's reason: no deployment fails of what could not be counted. */
export interface VisitorCounter {
  /**
   * What was counted until now: a value that can stand in a document, and that `end` understands in any process. Undefined:
   * nothing can be counted, and nothing is said then.
   */
  begin(ref: EnvironmentRef, signal: AbortSignal): Promise<unknown>
  /** Lets routes be probed for some seconds more; to be called at once, and again and again as long as the deployment runs. */
  renew(ref: EnvironmentRef, signal: AbortSignal): Promise<void>
  /** What visitors got since. Nothing is probed from then on. */
  end(ref: EnvironmentRef, begun: unknown, signal: AbortSignal): Promise<Visitors>
}
