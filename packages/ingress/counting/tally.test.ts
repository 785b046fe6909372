import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combineAnswers, noAnswers } from './answers.ts'
import type { Answers, NodeTally } from '@atoll/engine'
import { cutShort, parseSample, parseState } from './sample.ts'
import type { Sample } from './sample.ts'
import { openBook } from './tally.ts'
import type { SavedBook } from './tally.ts'

const backendOf = (name: string, route: string) => ({ kind: 'route' as const, name, route })
const query = { app: 'shop', environment: 'test' }
const answered = (requests: number): Answers => ({ ...noAnswers, requests })
const sampleOf = (name: string, requests: number, slowestMs = 0): Sample =>
  new Map([[name, { answers: answered(requests), slowestMs, underWay: 0 }]])

/** A request that one worker answers at one of two routes. */
interface Request {
  readonly worker: number
  readonly name: string
}

const names = ['shop.test.web.1', 'shop.test.web.2']
const requests = fc.array(
  fc.record<Request>({ worker: fc.integer({ min: 1, max: 4 }), name: fc.constantFrom(...names) }),
  { maxLength: 30 },
)

test('whenever samples are taken, in whatever order they come and whichever workers end, the sum is true', () => {
  fc.assert(
    fc.property(requests, fc.infiniteStream(fc.nat()), (all, chance) => {
      const book = openBook(() => 'life')
      book.name(names.map((name) => backendOf(name, name)))
      const next = (): number => chance.next().value ?? 0
      const workers = [...Map.groupBy(all, ({ worker }) => worker)].map(([worker, own]) => ({
        worker,
        // After each request what it has counted may be looked at; the last look is when it ends.
        samples: own.map((_, index) => samplesOf(own.slice(0, index + 1))),
      }))
      const looks = workers
        .flatMap(({ worker, samples }) => samples.map((sample) => ({ worker, sample, at: next() })))
        .toSorted((a, b) => a.at - b.at)
      for (const { worker, sample } of looks) book.note(worker, sample)
      for (const { worker } of workers) if (next() % 2 === 0) book.close(worker)
      const told = new Map(book.read(query).routes.map(({ route, requests: count }) => [route, count]))
      for (const name of names) expect(told.get(name) ?? 0).toBe(all.filter((one) => one.name === name).length)
    }),
  )
})

test('one that goes on from a book that was saved is the same life, and counts as if it had been there all the time', () => {
  const run = fc.array(fc.record({ name: fc.constantFrom(...names), slowestMs: fc.nat(100) }), { maxLength: 8 })
  fc.assert(
    fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
      const always = openBook(() => 'life')
      let book = openBook(() => 'life')
      for (const [index, own] of runs.entries()) {
        // As from a file, and into one.
        book = openBook(() => 'another', JSON.parse(JSON.stringify(book.save())) as SavedBook)
        for (const one of [always, book]) {
          one.name(names.map((name) => backendOf(name, name)))
          // The same number may be another worker's after a start.
          own.forEach(({ name, slowestMs }, place) =>
            one.note(
              one === book ? 1 : index,
              new Map([[name, { ...countedOf(own.slice(0, place + 1), name), slowestMs }]]),
            ),
          )
          one.close(one === book ? 1 : index)
        }
      }
      for (const since of [0, 1, 5, 9])
        expect(sorted(book.read({ ...query, since }))).toEqual(sorted(always.read({ ...query, since })))
    }),
  )
})

const sorted = ({ routes, ...rest }: NodeTally) => ({
  ...rest,
  routes: routes.toSorted((a, b) => (a.route < b.route ? -1 : 1)),
})

const countedOf = (own: readonly { readonly name: string }[], name: string) => ({
  answers: answered(own.filter((one) => one.name === name).length),
  underWay: 0,
})

test('what was under way when a worker had to end was cut', () => {
  const sample = new Map([['web', { answers: answered(3), slowestMs: 9, underWay: 2 }]])
  expect(cutShort(sample).get('web')).toEqual({
    answers: { ...answered(5), failed: 2, cut: 2 },
    slowestMs: 9,
    underWay: 0,
  })
})

const samplesOf = (own: readonly Request[]): Sample =>
  new Map(
    [...Map.groupBy(own, ({ name }) => name)].map(([name, same]) => [
      name,
      { answers: answered(same.length), slowestMs: 0, underWay: 0 },
    ]),
  )

describe('a book', () => {
  test('tells a route that another service has got as one', () => {
    const book = openBook(() => 'life')
    book.name([backendOf('shop.test.web.1', 'a.example.org/'), backendOf('shop.test.next.1', 'a.example.org/')])
    book.note(1, sampleOf('shop.test.web.1', 3))
    book.note(2, sampleOf('shop.test.next.1', 4))
    expect(book.read(query).routes).toMatchObject([{ route: 'a.example.org/', requests: 7 }])
  })

  test('tells nobody what was counted of another environment', () => {
    const book = openBook(() => 'life')
    book.name([backendOf('shop.tests.web.1', 'a.example.org/')])
    book.note(1, sampleOf('shop.tests.web.1', 3))
    expect(book.read(query).routes).toEqual([])
  })

  test('counts nothing of who is asked about requests, but that nobody could say', () => {
    const book = openBook(() => 'life')
    book.name([
      backendOf('shop.test.web.1', 'a.example.org/'),
      { ...backendOf('shop.test.auth.forward-auth-1', 'a.example.org/'), kind: 'forward-auth' },
    ])
    const serversOf = (service: string) => ({
      servers: new Map([[`${service}-1`, { answered: 1, errors: 1, failed: 0, meanMs: 1 }]]),
    })
    const asked = { answers: { ...answered(4), failed: 2 }, slowestMs: 0, underWay: 0, ...serversOf('auth') }
    const [[name = '', counted] = []] = sampleOf('shop.test.web.1', 3)
    if (counted === undefined) throw new Error('bug: no sample')
    book.note(1, new Map([[name, { ...counted, ...serversOf('web') }]]))
    book.note(1, new Map([['shop.test.auth.forward-auth-1', asked]]))
    const [route] = book.read(query).routes
    expect(route).toMatchObject({ requests: 3, failed: 2 })
    expect(route?.services).toBeUndefined()
  })

  test('counts nothing of copies, whatever becomes of them', () => {
    const book = openBook(() => 'life')
    const copies = 'shop.test.next.mirror-1'
    book.name([
      backendOf('shop.test.web.1', 'a.example.org/'),
      { ...backendOf(copies, 'a.example.org/'), kind: 'mirror' },
    ])
    book.note(1, sampleOf('shop.test.web.1', 3, 10))
    book.note(1, new Map([[copies, { answers: { ...answered(4), failed: 2 }, slowestMs: 9_000, underWay: 0 }]]))
    book.close(1)
    expect(book.read(query).routes).toMatchObject([{ requests: 3, failed: 0, slowestMs: 10 }])
    expect(book.save().backends.map(({ name }) => name)).toEqual(['shop.test.web.1'])
  })

  test('knows the slowest since each moment', () => {
    const book = openBook(() => 'life')
    book.name([backendOf('shop.test.web.1', 'a.example.org/')])
    for (const slowestMs of [40, 90, 10, 30, 20]) book.note(1, sampleOf('shop.test.web.1', 1, slowestMs))
    const slowest = [0, 1, 2, 3, 4, 5].map((since) => book.read({ ...query, since }).routes[0]?.slowestMs)
    expect(slowest).toEqual([90, 90, 30, 30, 20, 0])
  })

  test('begins another life when something was lost', () => {
    let lives = 0
    const book = openBook(() => `life-${(lives += 1)}`)
    expect(book.read(query).life).toBe('life-1')
    book.lose()
    expect(book.read(query).life).toBe('life-2')
  })
})

test('answers are combined number by number', () => {
  const all: Answers = {
    requests: 1,
    statuses: { '1xx': 2, '2xx': 3, '3xx': 4, '4xx': 5, '5xx': 6 },
    failed: 7,
    cut: 8,
    retries: 9,
    redispatches: 10,
    abandoned: 11,
  }
  expect(combineAnswers(all, noAnswers, (a, b) => a + b)).toEqual(all)
  expect(combineAnswers(all, all, (a, b) => a - b)).toEqual(noAnswers)
})

const reply = `# pxname,svname,scur,stot,dreq,econ,eresp,wretr,wredis,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,req_tot,cli_abrt,srv_abrt,mode,ctime_max,rtime_max,
web,FRONTEND,4,9,0,0,0,0,0,0,9,0,0,0,9,0,0,http,0,0,
shop.test.web.1,BACKEND,2,12,0,1,2,3,4,0,5,0,1,3,9,1,1,http,400,37,
shop.test.db.1,BACKEND,7,12,0,1,0,3,0,,,,,,,2,0,tcp,4,0,

`

const heading = 'pxname,svname,econ,eresp,hrsp_5xx,srv_abrt,mode'
const failedOf = (...rows: readonly string[]) =>
  parseSample([`# ${heading}`, ...rows].join('\n')).get('web')?.answers.failed

test.each([
  ['what an app answers with 5xx is its own word', ['web,t1,0,0,2,0,http', 'web,t2,0,0,1,0,http'], '0,0,3,0', 0],
  ['nobody feels that a task resets its connection with the end of an answer', ['web,t1,0,6,0,0,http'], '0,6,0,0', 0],
  ['a page of maintenance is meant', [], '0,0,7,0', 0],
  ['no connection, no answer', ['web,t1,1,1,4,0,http'], '1,1,6,0', 2],
  ['an answer that ends early', ['web,t1,0,1,0,1,http'], '0,1,0,1', 1],
  ['an answer of 5xx that the backend has not counted yet', ['web,t1,0,1,3,0,http'], '0,1,2,0', 0],
])('failed: %s', (_, servers, backend, failed) => {
  expect(failedOf(...servers, `web,BACKEND,${backend},http`)).toBe(failed)
})

test('what HAProxy says is read by its columns, of backends alone', () => {
  expect([...parseSample(reply)]).toEqual([
    [
      'shop.test.web.1',
      {
        answers: {
          requests: 9,
          statuses: { '1xx': 0, '2xx': 5, '3xx': 0, '4xx': 1, '5xx': 3 },
          failed: 3,
          cut: 1,
          retries: 3,
          redispatches: 4,
          abandoned: 1,
        },
        slowestMs: 400,
        underWay: 2,
      },
    ],
    [
      'shop.test.db.1',
      {
        answers: { ...noAnswers, requests: 12, failed: 1, retries: 3, abandoned: 2 },
        slowestMs: 4,
        underWay: 0,
      },
    ],
  ])
})

test.each([
  ['Pid: 7\nStopping: 0\nJobs: 4\nUnstoppable Jobs: 1\n', { worker: 7, isIdle: false }],
  ['Pid: 7\nStopping: 1\nJobs: 3\nUnstoppable Jobs: 1\n', { worker: 7, isIdle: false }],
  ['Pid: 7\nStopping: 1\nJobs: 2\nUnstoppable Jobs: 1\n', { worker: 7, isIdle: true }],
])('a worker is idle once it is told to end and has no connection but ours: %#', (text, state) => {
  expect(parseState(text)).toEqual(state)
})
