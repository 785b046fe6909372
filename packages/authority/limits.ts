export const dayMs = 86_400_000

/** Clocks of servers differ; a certificate shall not be "not yet valid" on one that is behind. */
export const clockSkewMs = 3_600_000
