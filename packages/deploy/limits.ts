/** Every wait, list and retry of a deployment ends by one of these. Times in milliseconds. */
export const limits = {
  /** Who does not renew for so long is gone, and anybody may take its deployment over. */
  leaseMs: 20_000,
  renewEveryMs: 5_000,
  /** A token that was passed on is kept for its new owner for so long. */
  handOverMs: 60_000,
  /** Giving the lease back may take this long, then it is left to run out. */
  leaveMs: 3_000,
  /** Writing may fail this long: an election of the Raft took 20 s to 51 s in the lab. */
  documentsOutageMs: 120_000,
  /** A stopping task may still hold its volume; a node that is gone keeps it. */
  volumeOutageMs: 30_000,
  /** The engine may be away for so long before the call gives up; the deployment itself stays resumable. */
  engineOutageMs: 180_000,
  /** Both before a deployment has the lease: it outlives an election, and what is not begun can as well be begun later. */
  beginOutageMs: 60_000,
  retryDelayMs: { first: 200, last: 3_000 },
  /**
   * The engine's events wake us; without any we look this often, and after one not sooner than this. While tasks start each look
   * is at their expense, so the pause is at least so many times what the last look took.
   */
  observe: { everyMs: 1_000, pauseMs: 200, pausePerLook: 5 },
  /** Deaths of one slot's tasks before it is a crash loop and not a service that waits for another. */
  deathsPerSlot: 3,
  /** The same where a death is a verdict that took its own retries: unhealthy, no image, not startable. */
  refusalsPerSlot: 2,
  /** What the engine refuses for a moment after the start of a node is no failure of a service for so long. */
  passingMs: 60_000,
  /** Engine updates that stopped by themselves and were started again. */
  updateRetries: 5,
  /** A node may be on its way back; after this a task that fits nowhere has failed. */
  noNodeGraceMs: 30_000,
  /** Giving a task its addresses takes the engine no time. */
  addressMs: 60_000,
  /** Beginning with a task takes a node no time; one that does not for so long is in trouble itself. */
  acceptMs: 30_000,
  /** Without any task of a service getting further for so long it has failed. */
  progressMs: 300_000,
  /** Pulling an image counts as getting further, up to this. */
  pullMs: 1_200_000,
  /** A job may run this long. */
  jobMs: 3_600_000,
  /** By policy, of one environment, since a person last deployed it. */
  automaticRepairs: { most: 5, firstPauseMs: 60_000, windowMs: 86_400_000 },
  /**
   * Of a node: what cannot move runs so long, unless said otherwise; so many environments leave it at once, each of their services
   * with so many tasks; what failed is tried again after this; and constraints of a drain that is over are taken away within so long.
   */
  drainDeadlineMs: 600_000,
  drain: { everyMs: 1_000, atOnce: 4, tasksAtOnce: 5, againMs: 60_000, settleMs: 60_000 },
  /** Of a canary: before anything of new tasks counts; how often figures are written down; how often an abort that fails is tried. */
  canary: { settleMs: 10_000, noteEveryMs: 15_000, mostAborts: 3 },
  /** Of one service in one deployment: more moves are for the next. */
  mostMoves: 200,
  imagesAtOnce: 4,
  /** A person who only looks does not want to wait for an election to end. */
  readOutageMs: 10_000,
  logLines: 20,
  logsMs: 3_000,
  healthOutputs: 5,
  /** Tasks that ended as the one in question, asked when it does not know why. */
  alikeTasks: 4,
  taskRecords: 1_000,
  statesPerTask: 20,
  resumedBy: 50,
  /** Releases one can go back to: their configs and secrets stay in the engine. */
  keptReleases: 10,
  /** Documents of releases and deployments kept for `releases`, `diff` and `receipt`. */
  keptRecords: 50,
} as const
