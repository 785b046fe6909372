/** What of the log of a service the manager did not collect. */
export interface Gap {
  readonly nodeIds: readonly string[]
  /** Of each task, the time of the last line that came nevertheless. */
  readonly lastMs: ReadonlyMap<string, number>
}

/** Nodes of which the engine says at the end of a log that it has nothing of them, or not all. */
export const parseGap = (text: string): readonly string[] => [
  ...new Set([...text.matchAll(/node (\w+) (?:is not available|disconnected)/g)].map(([, id = '']) => id)),
]

export const describeGap = (who: string): string => `lines are missing: no answer from ${who}`
