import type { Answers } from '@atoll/engine'

export const noAnswers: Answers = {
  requests: 0,
  statuses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
  failed: 0,
  cut: 0,
  retries: 0,
  redispatches: 0,
  abandoned: 0,
}

/** Number by number. */
export const combineAnswers = (a: Answers, b: Answers, combine: (a: number, b: number) => number): Answers => ({
  requests: combine(a.requests, b.requests),
  statuses: {
    '1xx': combine(a.statuses['1xx'], b.statuses['1xx']),
    '2xx': combine(a.statuses['2xx'], b.statuses['2xx']),
    '3xx': combine(a.statuses['3xx'], b.statuses['3xx']),
    '4xx': combine(a.statuses['4xx'], b.statuses['4xx']),
    '5xx': combine(a.statuses['5xx'], b.statuses['5xx']),
  },
  failed: combine(a.failed, b.failed),
  cut: combine(a.cut, b.cut),
  retries: combine(a.retries, b.retries),
  redispatches: combine(a.redispatches, b.redispatches),
  abandoned: combine(a.abandoned, b.abandoned),
})
