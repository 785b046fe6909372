import type { Answers, NodeTally, RouteTally } from '@atoll/engine'
import type { Backend } from '../table.ts'
import { combineAnswers, noAnswers } from './answers.ts'
import type { Sample } from './sample.ts'

export interface TallyQuery {
  readonly app: string
  readonly environment: string
  /** A moment of before, of the same life; the beginning without it. */
  readonly since?: number
}

/** Counters of many workers as those of one. Workers come and go, and count from zero each. */
export interface Book {
  /** A sample of a worker, in any order and as often as one likes. */
  readonly note: (worker: number, sample: Sample) => void
  /** It has ended. What it counted stays. To be called once. */
  readonly close: (worker: number) => void
  /** How people name the routes of backends; what was named before stays known, and nothing is counted of others. */
  readonly name: (backends: readonly Named[]) => void
  /** Something was answered that nobody counted: another life begins. */
  readonly lose: () => void
  readonly read: (query: TallyQuery) => NodeTally
}

type Named = Pick<Backend, 'kind' | 'name' | 'route'>

/** More backends than this are forgotten once no worker has them. */
const mostBackends = 20_000

export const openBook = (newLife: () => string): Book => {
  const names = new Map<string, Named>()
  const closed = new Map<string, Answers>()
  const open = new Map<number, Map<string, Answers>>()
  const peaks = new Map<string, readonly Peak[]>()
  let life = newLife()
  let moment = 0
  const forget = (): void => {
    for (const name of names.keys()) {
      if (names.size <= mostBackends) return
      if ([...open.values()].some((worker) => worker.has(name))) continue
      for (const map of [names, closed, peaks]) map.delete(name)
    }
  }
  const sumOf = (name: string): Answers =>
    [...open.values()].reduce(
      (sum, worker) => combineAnswers(sum, worker.get(name) ?? noAnswers, add),
      closed.get(name) ?? noAnswers,
    )
  return {
    note: (worker, sample) => {
      moment += 1
      const known = open.get(worker) ?? new Map<string, Answers>()
      open.set(worker, known)
      for (const [name, { answers, slowestMs }] of sample) {
        if (!names.has(name)) continue
        known.set(name, combineAnswers(known.get(name) ?? noAnswers, answers, Math.max))
        if (slowestMs > 0) peaks.set(name, addPeak(peaks.get(name) ?? [], { moment, ms: slowestMs }))
      }
    },
    close: (worker) => {
      for (const [name, answers] of open.get(worker) ?? [])
        closed.set(name, combineAnswers(closed.get(name) ?? noAnswers, answers, add))
      open.delete(worker)
      forget()
    },
    name: (backends) => {
      for (const backend of backends) names.set(backend.name, backend)
    },
    lose: () => void (life = newLife()),
    read: ({ app, environment, since = 0 }) => {
      const own = [...names.values()].filter(({ name }) => name.startsWith(`${app}.${environment}.`))
      const routes = [...Map.groupBy(own, ({ route }) => route)].map(([route, backends]): RouteTally => ({
        route,
        ...backends.reduce((sum, { kind, name }) => combineAnswers(sum, feltOf(kind, sumOf(name)), add), noAnswers),
        slowestMs: Math.max(...backends.map(({ name }) => peakSince(peaks.get(name) ?? [], since))),
      }))
      return { life, moment, routes: routes.filter(({ requests }) => requests > 0) }
    },
  }
}

/** Whoever is asked about a request answers no visitor; but where nobody answers, a visitor is failed. */
const feltOf = (kind: Backend['kind'], answers: Answers): Answers =>
  kind === 'route' ? answers : { ...noAnswers, failed: answers.failed }

const add = (a: number, b: number): number => a + b

interface Peak {
  readonly moment: number
  readonly ms: number
}

/** The older of these are as good as the oldest of them. */
const mostPeaks = 100

/** Only those that nothing later is above: the first after a moment is the highest since. */
const addPeak = (peaks: readonly Peak[], peak: Peak): readonly Peak[] =>
  [...peaks.filter(({ ms }) => ms > peak.ms), peak].slice(-mostPeaks)

const peakSince = (peaks: readonly Peak[], since: number): number => peaks.find(({ moment }) => moment > since)?.ms ?? 0
