import type { LogLine, LogQuery } from '@atoll/engine'

/** How far a log was read, for who goes on reading it from another control. */
export interface LogCursor {
  /** What to ask for now: the first time what was asked for, later everything that may be new. */
  readonly next: () => LogQuery
  /** Whether the line is new; it counts as read then. */
  readonly take: (line: LogLine) => boolean
}

/** Nodes' clocks differ, and lines of some come later than those of others: so far back is looked once more. */
const overlapMs = 60_000

interface Read {
  atMs: number
  /** Lines at that very moment. */
  count: number
}

/**
 * Each of the two outputs of a task comes in its order, so each has a place of its own: what is before it was read, and at the
 * same moment as many as were counted.
 */
export const openLogCursor = (query: LogQuery, nowMs: number): LogCursor => {
  const read = new Map<string, Read>()
  /** Of what comes from the stream now: lines at the moment an output was read up to. */
  let repeated = new Map<string, number>()
  let newestMs: number | undefined
  let isFirst = true
  const { tail, ...unlimited } = query
  // Without a tail all there was has come already; with none of it what was before is not wanted.
  const floorMs = tail === 0 ? nowMs : (query.sinceMs ?? 0)
  const next = (): LogQuery => {
    repeated = new Map()
    if (isFirst) {
      isFirst = false
      return query
    }
    if (newestMs === undefined) return tail === 0 ? { ...unlimited, sinceMs: nowMs } : unlimited
    return { ...unlimited, sinceMs: Math.max(floorMs, newestMs - overlapMs) }
  }
  const take = ({ taskId, stream, atMs }: LogLine): boolean => {
    // The engine itself speaks: of what it cannot reach.
    if (taskId === '') return true
    newestMs = Math.max(newestMs ?? 0, atMs)
    const output = `${taskId} ${stream}`
    const last = read.get(output)
    if (last === undefined || atMs > last.atMs) {
      read.set(output, { atMs, count: 1 })
      repeated.set(output, 1)
      return true
    }
    if (atMs < last.atMs) return false
    const seen = (repeated.get(output) ?? 0) + 1
    repeated.set(output, seen)
    if (seen <= last.count) return false
    last.count = seen
    return true
  }
  return { next, take }
}
