/** What became of the requests of one route; where a route is a port or TLS as it is, of its connections. Numbers only ever grow. */
export interface Answers {
  /** That have ended, however. */
  readonly requests: number
  /** By the first digit of what was answered, whoever did. */
  readonly statuses: { readonly [Class in StatusClass]: number }
  /** Nobody answered, and the ingress said so (502, 503, 504); or an answer ended before its end. */
  readonly failed: number
  /** Of these the answers that ended before their end. */
  readonly cut: number
  /** Times that the same task was tried again, or that a request which had been sent already was sent again. */
  readonly retries: number
  /** Times that another task was tried instead. One that had been sent before is in both. */
  readonly redispatches: number
  /** The client was gone first. */
  readonly abandoned: number
}

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx'

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
