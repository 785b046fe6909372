/** How others see that the control of an operation or a deployment lives. Times in milliseconds. */
export const signsOfLife = {
  /** Until it is a deployment an operation says for how long its control lives: longer than an election. */
  aliveMs: 30_000,
  renewEveryMs: 5_000,
  /** What the leader's control has left for so long another carries on; as often it looks. */
  othersAfterMs: 15_000,
} as const
