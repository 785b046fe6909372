import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HeldCertificate, WantedHost } from '../certificate.ts'
import { coversHost } from '../certificate.ts'
import { servedCertificates } from '../served.ts'
import { noteFailure, noteSuspicion, retryAtMs } from './attempts.ts'
import type { Attempt, Attempts } from './attempts.ts'
import { chooseObsolete } from './choose-obsolete.ts'
import { limits } from './limits.ts'
import { describeHosts, planIssues, renewAtMs } from './plan-issues.ts'
import type { Situation } from './plan-issues.ts'

const dayMs = 86_400_000
const nowMs = Date.UTC(2026, 0, 1)

const held = (names: readonly string[], change: Partial<HeldCertificate> = {}): HeldCertificate => ({
  id: names.join(','),
  kind: 'issued',
  names,
  issuer: 'test',
  fingerprint: names.join(','),
  notBeforeMs: nowMs - dayMs,
  notAfterMs: nowMs + 89 * dayMs,
  ...change,
})

const want = (...hosts: readonly string[]): readonly WantedHost[] =>
  hosts.map((host) => ({ host, of: ['shop/production'] }))

const plan = (change: Partial<Situation>) =>
  planIssues({ certificates: [], hosts: [], attempts: {}, challenges: 'http', nowMs, ...change })

const failed: Attempt = noteFailure(undefined, { reason: 'no such name' }, nowMs - 10 * dayMs)

describe('what is asked for', () => {
  test('nothing where nothing is wanted, or all is well', () => {
    expect(plan({})).toEqual([])
    expect(plan({ hosts: want('a.example.org'), certificates: [held(['a.example.org'])] })).toEqual([])
    expect(plan({ hosts: want('a.example.org'), certificates: [held(['*.example.org'])] })).toEqual([])
  })

  test('hosts of one environment together, those of another apart', () => {
    const hosts = [...want('b.example.org', 'a.example.org'), { host: 'c.example.org', of: ['blog/production'] }]
    expect(plan({ hosts })).toEqual([
      { names: ['a.example.org', 'b.example.org'], challenge: 'http' },
      { names: ['c.example.org'], challenge: 'http' },
    ])
  })

  test('only what is new, when one host is added', () => {
    const change = { hosts: want('a.example.org', 'b.example.org'), certificates: [held(['a.example.org'])] }
    expect(plan(change)).toEqual([{ names: ['b.example.org'], challenge: 'http' }])
  })

  test('a host that has failed by itself, so that it keeps no other back', () => {
    const attempts = { 'b.example.org': failed }
    expect(plan({ hosts: want('a.example.org', 'b.example.org', 'c.example.org'), attempts })).toEqual([
      { names: ['a.example.org', 'c.example.org'], challenge: 'http' },
      { names: ['b.example.org'], challenge: 'http' },
    ])
  })

  test('hosts under suspicion one by one, at once', () => {
    const suspect = noteSuspicion(undefined, 'the order was refused')
    const attempts = { 'a.example.org': suspect, 'b.example.org': suspect }
    expect(plan({ hosts: want('a.example.org', 'b.example.org'), attempts })).toEqual([
      { names: ['a.example.org'], challenge: 'http' },
      { names: ['b.example.org'], challenge: 'http' },
    ])
  })

  test('a wildcard by the DNS alone, and nothing below it', () => {
    const hosts = want('*.example.org', 'a.example.org')
    expect(plan({ hosts })).toEqual([{ names: ['a.example.org'], challenge: 'http' }])
    expect(plan({ hosts, challenges: 'http-and-dns' })).toEqual([{ names: ['*.example.org'], challenge: 'dns' }])
    const attempts = { '*.example.org': failed }
    expect(plan({ hosts, challenges: 'http-and-dns', attempts })).toHaveLength(2)
    expect(plan({ hosts: want('a.example.org'), challenges: 'dns' })).toMatchObject([{ challenge: 'dns' }])
  })

  test('what has no certificate before what has one, then the one that ends first', () => {
    const old = { notBeforeMs: nowMs - 80 * dayMs }
    const certificates = [
      held(['a.example.org'], { ...old, notAfterMs: nowMs + 9 * dayMs }),
      held(['b.example.org'], { ...old, notAfterMs: nowMs + dayMs }),
    ]
    const hosts = ['a', 'b', 'c'].map((name) => ({ host: `${name}.example.org`, of: [`${name}/production`] }))
    const names = plan({ certificates, hosts }).flatMap((issue) => issue.names)
    expect(names).toEqual(['c.example.org', 'b.example.org', 'a.example.org'])
  })

  test('another for one that somebody brought and forgot, shortly before it ends', () => {
    const own = held(['a.example.org'], { kind: 'own' })
    const late = { ...own, notBeforeMs: nowMs - 85 * dayMs, notAfterMs: nowMs + 5 * dayMs }
    const hosts = want('a.example.org')
    expect(plan({ hosts, certificates: [own] })).toEqual([])
    expect(plan({ hosts, certificates: [late] })).toHaveLength(1)
    const standing = held(['a.example.org'], { id: 'standing' })
    expect(plan({ hosts, certificates: [late, standing] })).toEqual([])
    expect(servedCertificates([late, standing], hosts, nowMs)[0]?.certificate.id).toBe(late.id)
    expect(chooseObsolete([late, standing], hosts, nowMs)).toEqual([])
  })
})

test('a certificate goes when another serves its hosts, and stays while its hosts may come back', () => {
  const [older, newer] = [held(['a.example.org'], { id: 'old', notAfterMs: nowMs + 1 }), held(['a.example.org'])]
  const hosts = want('a.example.org')
  expect(chooseObsolete([older, newer], hosts, nowMs)).toEqual([older])
  expect(chooseObsolete([newer], [], nowMs)).toEqual([])
  expect(chooseObsolete([newer], [], newer.notAfterMs)).toEqual([newer])
  expect(chooseObsolete([newer], hosts, newer.notAfterMs)).toEqual([])
  expect(chooseObsolete([{ ...older, kind: 'own' }, newer], hosts, nowMs)).toEqual([])
})

test('who waits is told until when, and what cannot be had', () => {
  const attempts = { 'a.example.org': noteFailure(undefined, { reason: 'no such name' }, nowMs) }
  const states = describeHosts({
    certificates: [],
    hosts: want('a.example.org', '*.example.org'),
    attempts,
    challenges: 'http',
    nowMs,
  })
  expect(states).toMatchObject([{ kind: 'waiting' }, { kind: 'impossible' }])
  expect(states[0]?.atMs).toBeGreaterThanOrEqual(nowMs + limits.backoffMs.first)
})

const times = fc.integer({ min: -400, max: 400 }).map((days) => nowMs + days * dayMs)
const hostNames = fc.constantFrom('*.b.org', 'a.b.org', 'b.b.org', 'b.org', 'a.org', 'x.a.b.org')
const certificates = fc.array(
  fc
    .record({
      names: fc.uniqueArray(hostNames, { minLength: 1 }),
      start: times,
      days: fc.integer({ min: 1, max: 400 }),
      kind: fc.constantFrom('issued' as const, 'own' as const),
    })
    .map(({ names, start, days, kind }) =>
      held(names, {
        id: `${kind}-${names.join(',')}-${start}-${days}`,
        kind,
        notBeforeMs: start,
        notAfterMs: start + days * dayMs,
      }),
    ),
  { maxLength: 6 },
)
const wanted = fc
  .uniqueArray(hostNames)
  .chain((hosts) =>
    fc.tuple(...hosts.map((host) => fc.constantFrom('a/p', 'b/p').map((of) => ({ host, of: [of] })))),
  ) as fc.Arbitrary<readonly WantedHost[]>
const attempts = fc.dictionary(
  hostNames,
  fc
    .array(fc.integer({ min: 0, max: 7_200_000 }), { minLength: 1, maxLength: 8 })
    .map((agoMs) =>
      agoMs
        .toSorted((a, b) => b - a)
        .reduce<Attempt | undefined>((before, ago) => noteFailure(before, { reason: 'x' }, nowMs - ago), undefined),
    ),
) as fc.Arbitrary<Attempts>
const situations = fc.record({
  certificates,
  hosts: wanted,
  attempts,
  challenges: fc.constantFrom('http' as const, 'http-and-dns' as const, 'dns' as const),
  nowMs: fc.constant(nowMs),
})

describe('whatever the situation', () => {
  test('what was issued is not asked for again, and in the end nothing is', () => {
    fc.assert(
      fc.property(situations, (start) => {
        let situation: Situation = { ...start, attempts: {} }
        for (let rounds = 0; rounds < 3; rounds += 1) {
          const issued = planIssues(situation).map(({ names }) => held(names, { id: `new ${names.join(',')}` }))
          situation = { ...situation, certificates: [...situation.certificates, ...issued] }
        }
        expect(planIssues(situation)).toEqual([])
        const open = describeHosts(situation).filter(({ kind }) => kind !== 'served')
        expect(open.filter(({ host, kind }) => !(kind === 'impossible' && host.startsWith('*.')))).toEqual([])
      }),
    )
  })

  test('only hosts that are wanted are asked for, each once, and none more than five times an hour', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const names = planIssues(situation).flatMap((issue) => issue.names)
        expect(new Set(names).size).toBe(names.length)
        for (const name of names) {
          expect(situation.hosts.map(({ host }) => host)).toContain(name)
          const recent = situation.attempts[name]?.failedAtMs.filter((at) => at > nowMs - limits.hourMs) ?? []
          expect(recent.length).toBeLessThan(limits.failuresPerHour)
        }
      }),
    )
  })

  test('a host without a certificate is due, waits, cannot be had, or is below a wildcard that is asked for', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const asked = planIssues(situation).flatMap((issue) => issue.names)
        const states = describeHosts(situation)
        const isAsked = (host: string): boolean => asked.some((name) => coversHost(name, host))
        expect(states.filter(({ host, kind }) => kind === 'due' && !isAsked(host))).toEqual([])
        expect(states.filter(({ host, kind }) => kind !== 'due' && asked.includes(host))).toEqual([])
      }),
    )
  })

  test('nothing is removed that a host is answered with', () => {
    fc.assert(
      fc.property(situations, ({ certificates: all, hosts }) => {
        const gone = new Set(chooseObsolete(all, hosts, nowMs).map(({ id }) => id))
        const left = all.filter(({ id }) => !gone.has(id))
        expect(servedCertificates(left, hosts, nowMs)).toEqual(servedCertificates(all, hosts, nowMs))
      }),
    )
  })
})

test('renewal is at two thirds of any lifetime, spread', () => {
  const found = new Set<number>()
  for (let number = 0; number < 50; number += 1) {
    for (const lifeMs of [3_600_000, 6 * dayMs, 90 * dayMs]) {
      const certificate = held(['a'], { fingerprint: `${number}`, notBeforeMs: nowMs, notAfterMs: nowMs + lifeMs })
      const part = (renewAtMs(certificate) - nowMs) / lifeMs
      expect(part).toBeGreaterThan(2 / 3 - 1 / 30 - 1e-6)
      expect(part).toBeLessThanOrEqual(2 / 3)
      found.add(Math.round(part * 1e4))
    }
  }
  expect(found.size).toBeGreaterThan(40)
})

test('a host that fails for a day is asked for at growing distances, at most five times in any hour', () => {
  let attempt = noteFailure(undefined, { reason: 'x' }, nowMs)
  const asked = [nowMs]
  for (let atMs = nowMs; atMs < nowMs + dayMs;) {
    atMs = retryAtMs('a.example.org', attempt)
    attempt = noteFailure(attempt, { reason: 'x' }, atMs)
    asked.push(atMs)
  }
  for (const at of asked) expect(asked.filter((each) => each >= at && each < at + limits.hourMs).length).toBeLessThan(6)
  expect(asked.length).toBeGreaterThan(8)
  expect(asked.length).toBeLessThan(14)
  const told = noteFailure(undefined, { reason: 'x', notBeforeMs: nowMs + 5 * dayMs }, nowMs)
  expect(retryAtMs('a.example.org', told)).toBe(nowMs + 5 * dayMs)
})

test('a thousand hosts are planned at once', () => {
  const hosts = Array.from({ length: 1_000 }, (_, at) => ({ host: `h${at}.example.org`, of: [`app${at % 50}/p`] }))
  const all = hosts.slice(500).map(({ host }) => held([host]))
  const issues = planIssues({ certificates: all, hosts, attempts: {}, challenges: 'http', nowMs })
  expect(issues.flatMap(({ names }) => names)).toHaveLength(500)
})
