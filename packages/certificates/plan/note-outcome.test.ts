import { expect, test } from 'vitest'
import type { IssueFailure } from '../lego/failure.ts'
import { retryAtMs } from './attempts.ts'
import { chooseNow, noteOutcome, troubleEndsMs } from './note-outcome.ts'
import type { Standing } from './note-outcome.ts'
import { planIssues } from './plan-issues.ts'

const nowMs = Date.UTC(2026, 0, 1)
const hosts = ['a.org', 'b.org', 'c.org'].map((host) => ({ host, of: ['shop/production'] }))
const names = hosts.map(({ host }) => host)
const failure = (change: Partial<IssueFailure>): IssueFailure => ({
  kind: 'dns',
  of: 'names',
  names,
  reason: 'its name leads nowhere',
  ...change,
})
const fresh: Standing = { attempts: {} }
const note = (standing: Standing, ...failures: readonly IssueFailure[]) =>
  noteOutcome(standing, { names, failures, hosts }, nowMs)
const plan = ({ attempts }: Standing, atMs = nowMs) =>
  planIssues({ certificates: [], hosts, attempts, challenges: 'http', nowMs: atMs }).map((issue) => issue.names)

test('the one to blame waits, and the others are asked for at once without it', () => {
  const standing = note(fresh, failure({ names: ['b.org'] }))
  expect(plan(standing)).toEqual([['a.org', 'c.org']])
  const atMs = retryAtMs('b.org', standing.attempts['b.org']!)
  expect(plan(standing, atMs)).toEqual([['a.org', 'c.org'], ['b.org']])
})

test('where nobody knows who is to blame each goes alone, and nothing is held against them', () => {
  expect(plan(note(fresh, failure({ of: 'order' })))).toEqual([['a.org'], ['b.org'], ['c.org']])
})

test('what is issued is in good standing, and hosts that nobody wants are forgotten', () => {
  const before = { attempts: note(fresh, failure({})).attempts, trouble: { failures: 1, failedAtMs: [1], reason: 'x' } }
  expect(noteOutcome(before, { names: ['a.org'], failures: [], hosts: hosts.slice(0, 2) }, nowMs)).toEqual({
    attempts: { 'b.org': before.attempts['b.org'] },
  })
})

test('trouble of all stops everything for a while, then one order tries alone', () => {
  const standing = note(fresh, failure({ of: 'all', kind: 'directory' }))
  expect(standing.attempts).toEqual({})
  const issues = ['a.org', 'b.org', 'c.org'].map((name) => ({ names: [name], challenge: 'http' as const }))
  const turn = { running: [], atOnce: 2, nowMs }
  expect(chooseNow(issues, standing, turn)).toEqual([])
  expect(chooseNow(issues, standing, { ...turn, nowMs: troubleEndsMs(standing) })).toEqual(issues.slice(0, 1))
  expect(chooseNow(issues, fresh, turn)).toEqual(issues.slice(0, 2))
  expect(chooseNow(issues, fresh, { ...turn, running: [['a.org', 'x.org']] })).toEqual(issues.slice(1, 2))
  expect(chooseNow(issues, fresh, { ...turn, running: [['x.org'], ['y.org']] })).toEqual([])
})

test('a limit lasts until the authority says, or an hour', () => {
  const until = nowMs + 5 * 3_600_000
  const told = note(fresh, failure({ kind: 'rate-limit', of: 'all', notBeforeMs: until }))
  expect(troubleEndsMs(told)).toBe(until)
  expect(troubleEndsMs(note(fresh, failure({ kind: 'rate-limit', of: 'all' })))).toBe(nowMs + 3_600_000)
})
