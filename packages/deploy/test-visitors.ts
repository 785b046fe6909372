import type { Visitors } from './visitors.ts'

/** Nobody came; for tests. */
export const noVisitors: Visitors = {
  all: {
    requests: 0,
    statuses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
    failed: 0,
    cut: 0,
    retries: 0,
    redispatches: 0,
    abandoned: 0,
    slowestMs: 0,
  },
  routes: [],
  uncounted: [],
}
