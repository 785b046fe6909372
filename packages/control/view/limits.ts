/** Every wait, age and number of what a control knows while the engine does not answer. Times in milliseconds. */
export const limits = {
  /** Who looks waits so long for the engine before the copy answers. */
  liveMs: 700,
  /** The same of counting all environments: of ten thousand tasks an engine that is well tells for seconds. */
  countMs: 5_000,
  /** The same of `getHealth`, which a balancer asks. */
  healthMs: 80,
  /** Nodes seen so lately still tell who leads. */
  leaderMs: 5_000,
  /** While the engine is away somebody asks it now and then, one question at a time. */
  probeMs: 2_000,
  probeEveryMs: 1_000,
  /** Who changes something waits so long for a leader: an election. */
  electionMs: 25_000,
  electionRetryMs: 500,
  /** To see which managers are there. */
  reachMs: 1_000,
  environments: 500,
  /** Who follows changes is told of them no more often. */
  changesEveryMs: 1_000,
  /** Environments whose changes are followed. */
  changesFeeds: 64,
  /** An engine that did not answer is watched again after it. */
  watchAgainMs: 2_000,
  /** What was looked at so lately is kept warm. */
  lookedMs: 3_600_000,
  warm: {
    /** Between two observations of what somebody looks at, of what nobody does, and of all together. */
    lookedEveryMs: 30_000,
    othersEveryMs: 1_800_000,
    allEveryMs: 60_000,
    /** The pause after each call, and at least so many times as long as the call took: it stays below a thirtieth of a core. */
    pauseMs: 1_000,
    pauseTimes: 30,
    /** Of one observation. */
    limitMs: 30_000,
  },
} as const
