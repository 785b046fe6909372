import { beforeEach, expect, it } from 'vitest'
import { createCourse } from './course.ts'
import type { Course } from './course.ts'
import { limits } from './limits.ts'

let nowMs: number
let course: Course

beforeEach(() => {
  nowMs = 0
  course = createCourse({ clock: { now: () => nowMs }, limits })
})

const list = (): void => course.listed(course.mark())
const probe = (): void => course.probed(course.mark())

it('lists at once, again when events can have begun, then rarely', () => {
  course.open()
  expect(course.isListDue()).toBe(true)
  list()
  expect([course.isListDue(), course.dueAtMs()]).toEqual([false, limits.settleMs])
  nowMs = limits.settleMs
  list()
  expect(course.dueAtMs()).toBe(nowMs + limits.probeEveryMs)
  nowMs += limits.listEveryMs
  expect(course.isListDue()).toBe(true)
})

it('is known since the last list began, and since the last probe once all that was told is looked at', () => {
  expect(course.knownAtMs()).toBe(-Infinity)
  course.open()
  nowMs = limits.settleMs
  const begun = course.mark()
  nowMs += 500
  course.listed(begun)
  expect(course.knownAtMs()).toBe(limits.settleMs)
  nowMs += limits.probeEveryMs
  probe()
  expect(course.knownAtMs()).toBe(limits.settleMs)
  course.caughtUp()
  expect(course.knownAtMs()).toBe(nowMs)
})

it('trusts no probe when events were interrupted since the list, and lists at once', () => {
  course.open()
  nowMs = limits.settleMs
  list()
  nowMs += limits.probeEveryMs
  probe()
  course.close()
  course.open()
  course.caughtUp()
  expect(course.knownAtMs()).toBe(limits.settleMs)
  expect(course.isListDue()).toBe(true)
})

it('trusts no probe when a list began before its events', () => {
  const begun = course.mark()
  course.open()
  nowMs = limits.settleMs
  course.listed(begun)
  nowMs += limits.probeEveryMs
  probe()
  course.caughtUp()
  expect(course.knownAtMs()).toBe(0)
  expect(course.isListDue()).toBe(true)
})

it('lists by time when there are no events at all', () => {
  list()
  expect(course.dueAtMs()).toBe(limits.listEveryMs)
  expect(course.isProbeDue()).toBe(false)
})
