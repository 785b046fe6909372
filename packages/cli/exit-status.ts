/** What the process says when it ends; scripts branch on these, so a number never changes its meaning. */
export const exitStatus = {
  good: 0,
  failed: 1,
  badInput: 2,
  /** `plan`, `rebalance --dry-run`, `upgrade --dry-run`: there is something to do. */
  somethingToDo: 3,
  /** `deploy`: it failed and the whole app is back at the release before. */
  rolledBack: 4,
  /** `deploy`: it failed and there was nothing to go back to, or going back failed too. */
  deployFailed: 5,
  /** Somebody else's deployment of this environment is running. */
  busy: 6,
  /** `what-if`, `node drain`: something would not be, or is not, as before. */
  wouldLose: 7,
  /** Interrupted by a person, as shells count it. */
  interrupted: 130,
} as const
