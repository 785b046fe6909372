/** Something that happened to an app, in one sentence, with the proof beside it. */
export interface TimelineEntry {
  /** By the engine's clock where it is about a task. */
  readonly atMs: number
  readonly kind: 'deployment' | 'task' | 'node'
  readonly service?: string
  readonly node?: string
  readonly message: string
  readonly hint?: string
  /** Health output, last log lines. */
  readonly details: readonly string[]
  readonly isBad: boolean
  /** The same happened so often, the last time at `atMs`; 1 unless it repeats. */
  readonly times: number
}

/** An entry of which the rest is as usual: nothing bad, once, without proof. */
export const entry = (
  part: Pick<TimelineEntry, 'atMs' | 'kind' | 'message'> & Partial<TimelineEntry>,
): TimelineEntry => ({
  details: [],
  isBad: false,
  times: 1,
  ...part,
})
