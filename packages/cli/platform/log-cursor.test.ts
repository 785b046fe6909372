import type { LogLine } from '@atoll/engine'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openLogCursor } from './log-cursor.ts'

const nowMs = 1_000_000
const query = { ref: { app: 'shop', environment: 'test' }, services: ['web'], follow: true }

const line = (taskId: string, atMs: number, text = 'x', stream: LogLine['stream'] = 'stdout'): LogLine => ({
  service: 'web',
  taskId,
  stream,
  atMs,
  text,
})

describe('a log that is read on elsewhere', () => {
  it('has every line once, wherever the first stream was cut and however the second begins', () => {
    const lines = fc.array(fc.record({ task: fc.constantFrom('a', 'b', 'c'), stepMs: fc.constantFrom(0, 0, 1, 500) }))
    fc.assert(
      fc.property(lines, fc.nat(), fc.nat(), (steps, cut, back) => {
        let atMs = nowMs
        const all = steps.map(({ task, stepMs }, index) => line(task, (atMs += stepMs), `line ${index}`))
        const cursor = openLogCursor(query, nowMs)
        cursor.next()
        const seen = all.slice(0, all.length === 0 ? 0 : cut % all.length).filter(cursor.take)
        const { sinceMs = 0, ...rest } = cursor.next()
        expect(rest).toEqual(query)
        // As an engine that has kept less than was asked for, but nothing that was not told yet.
        const from = seen.length === 0 ? 0 : Math.min(seen.length, back % (seen.length + 1))
        const atOnce = all.filter((each, index) => each.atMs >= sinceMs && index >= firstOf(all, from))
        expect([...seen, ...atOnce.filter(cursor.take)].map(({ text }) => text)).toEqual(all.map(({ text }) => text))
      }),
    )
  })

  it('tells lines apart that are of one moment, by how many there were', () => {
    const cursor = openLogCursor(query, nowMs)
    cursor.next()
    expect([line('a', 5), line('a', 5)].map(cursor.take)).toEqual([true, true])
    cursor.next()
    expect([line('a', 5), line('a', 5), line('a', 5)].map(cursor.take)).toEqual([false, false, true])
  })

  it('takes the two outputs of a task for two: their lines come out of order', () => {
    const cursor = openLogCursor(query, nowMs)
    cursor.next()
    expect([line('a', 9), line('a', 8, 'x', 'stderr')].map(cursor.take)).toEqual([true, true])
  })

  it('lets the engine speak for itself again and again', () => {
    const cursor = openLogCursor(query, nowMs)
    cursor.next()
    expect([line('', 0), line('', 0)].map(cursor.take)).toEqual([true, true])
  })

  it('asks for what is new: a minute back from the newest line, never before what was wanted', () => {
    const asked = (change: object, lines: readonly LogLine[] = []) => {
      const cursor = openLogCursor({ ...query, ...change }, nowMs)
      expect(cursor.next()).toEqual({ ...query, ...change })
      lines.forEach(cursor.take)
      return cursor.next()
    }
    const late = [line('a', nowMs + 300_000)]
    expect(asked({})).toEqual(query)
    expect(asked({ tail: 20 })).toEqual(query)
    expect(asked({ tail: 0 })).toEqual({ ...query, sinceMs: nowMs })
    expect(asked({ tail: 5 }, late)).toEqual({ ...query, sinceMs: nowMs + 240_000 })
    expect(asked({ tail: 0 }, [line('a', nowMs + 10)])).toEqual({ ...query, sinceMs: nowMs })
    expect(asked({ sinceMs: nowMs }, [line('a', nowMs + 10)])).toEqual({ ...query, sinceMs: nowMs })
  })
})

/** An engine gives whole moments: what is of the same one as a line comes with it. */
const firstOf = (all: readonly LogLine[], index: number): number => {
  const atMs = all[index]?.atMs
  const first = all.findIndex((each) => each.atMs === atMs)
  return first < 0 ? index : first
}
