/**
 * An engine lists configs only with their data, old revisions too: a list of everything is as large as all history (some
 * 3,000 documents of 8 KB: 50 MB through the leader). So events keep the copy, and lists are rare.
 */
export const limits = {
  listEveryMs: 30_000,
  /** An answer of the leader, empty and cheap, says that what was not told did not happen. */
  probeEveryMs: 5_000,
  /** Events may be missed for as long as it takes the engine to begin telling them: after this we list once more. */
  settleMs: 1_000,
  /** After a failure, and after a stream of events ended; doubled up to listEveryMs while streams end at once. */
  retryMs: 1_000,
  maxDocuments: 20_000,
  /** Of JSON; in memory it is about twice as much. */
  maxBytes: 64 * 1024 * 1024,
} as const

export type ReplicaLimits = { readonly [Name in keyof typeof limits]: number }
