const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** Every time and number of what is asked of an authority. */
export const limits = {
  /** Of what an authority allows a name and account by the hour, nothing is left for people when we use it up. */
  failuresPerHour: 5,
  hourMs,
  backoffMs: { first: minuteMs, last: 12 * hourMs },
  /** Names of one certificate: when one of them fails, none is issued. */
  namesPerCertificate: 20,
  /** Renewed when this part of the lifetime is over, and up to `spread` of it sooner. */
  renewAt: 2 / 3,
  spread: 1 / 30,
  /** One that somebody brought and has not replaced: this part before its end we have another at hand. */
  ownRenewAt: 9 / 10,
  /** Beginnings of failures that are kept of each host. */
  kept: 5,
} as const
