import type { Answers, NodeTally, RouteTally } from '@atoll/engine'
import type { Probed } from '../probing/prober.ts'
import { addPeak, peakSince } from './peaks.ts'
import type { Peak } from './peaks.ts'
import { addProbe, readProbes } from './probe-counts.ts'
import type { ProbeCounts } from './probe-counts.ts'
import type { Backend } from '../table.ts'
import { combineAnswers, noAnswers } from './answers.ts'
import type { Sample } from './sample.ts'
import { countServices } from './service-counts.ts'
import type { SavedPlaces, ServiceCounts } from './service-counts.ts'

export interface TallyQuery {
  readonly app: string
  readonly environment: string
  /** A moment of before, of the same life; the beginning without it. */
  readonly since?: number
  /** Its routes are to be probed for so long from now on; 0: no more. Absent: as it is. */
  readonly probeMs?: number
}

/** Counters of many workers as those of one. Workers come and go, and count from zero each. */
export interface Book {
  /** A sample of a worker, in any order and as often as one likes. */
  readonly note: (worker: number, sample: Sample) => void
  /** A probe of the route that this backend is of. */
  readonly noteProbe: (probed: Probed) => void
  /** It has ended. What it counted stays. To be called once. */
  readonly close: (worker: number) => void
  /** How people name the routes of backends; what was named before stays known, and nothing is counted of others. */
  readonly name: (backends: readonly Served[]) => void
  /** Something was answered that nobody counted: another life begins. */
  readonly lose: () => void
  readonly read: (query: TallyQuery) => NodeTally
  /** What another book goes on from; to be called once all are closed. */
  readonly save: () => SavedBook
}

/** Plain data: what a book holds when no worker is open. */
export interface SavedBook {
  readonly life: string
  readonly moment: number
  /** Those that have counted something. */
  readonly backends: readonly SavedBackend[]
}

interface SavedBackend {
  readonly name: string
  /** As people name it. */
  readonly route: string
  /** Absent: a route. */
  readonly kind?: 'forward-auth'
  readonly answers: Answers
  readonly peaks: readonly Peak[]
  /** Absent: it was never probed. */
  readonly probes?: ProbeCounts
  /** Of one that several services answer. */
  readonly places?: SavedPlaces
}

type Served = Pick<Backend, 'kind' | 'name' | 'route'>

interface Named extends Served {
  readonly kind: Exclude<Backend['kind'], 'mirror'>
}

/** No visitor feels anything of copies. */
const isFelt = (backend: Served): backend is Named => backend.kind !== 'mirror'

/** More backends than this are forgotten once no worker has them. */
const mostBackends = 20_000

/** A life of its own, or the one of a book that was saved, which nobody else may go on from. */
export const openBook = (newLife: () => string, saved?: SavedBook): Book => {
  const before = saved?.backends ?? []
  const names = new Map<string, Named>(before.map((one) => [one.name, { ...one, kind: one.kind ?? 'route' }]))
  const closed = new Map(before.map(({ name, answers }) => [name, answers]))
  const open = new Map<number, Map<string, Answers>>()
  const services = countServices(
    new Map(before.flatMap(({ name, places }) => (places === undefined ? [] : [[name, places] as const]))),
  )
  const peaks = new Map(before.map((one) => [one.name, one.peaks]))
  const probes = new Map(before.flatMap((one) => (one.probes === undefined ? [] : [[one.name, one.probes] as const])))
  let life = saved?.life ?? newLife()
  let moment = saved?.moment ?? 0
  const forget = (): void => {
    for (const name of names.keys()) {
      if (names.size <= mostBackends) return
      if ([...open.values()].some((worker) => worker.has(name))) continue
      for (const map of [names, closed, peaks, probes]) map.delete(name)
      services.forget(name)
    }
  }
  const counts = { names, closed, open, peaks, probes, services }
  return {
    note: (worker, sample) => {
      moment += 1
      const known = open.get(worker) ?? new Map<string, Answers>()
      open.set(worker, known)
      for (const [name, { answers, slowestMs, servers }] of sample) {
        if (!names.has(name)) continue
        if (servers !== undefined) services.note(worker, name, servers)
        known.set(name, combineAnswers(known.get(name) ?? noAnswers, answers, Math.max))
        if (slowestMs > 0) peaks.set(name, addPeak(peaks.get(name) ?? [], { moment, ms: slowestMs }))
      }
    },
    // Whoever has looked already has not seen it.
    noteProbe: ({ backend, ...probed }) => {
      probes.set(backend, addProbe(probes.get(backend), probed, moment + 1))
    },
    close: (worker) => {
      for (const [name, answers] of open.get(worker) ?? [])
        closed.set(name, combineAnswers(closed.get(name) ?? noAnswers, answers, add))
      open.delete(worker)
      services.close(worker)
      forget()
    },
    name: (backends) => {
      for (const backend of backends.filter(isFelt)) names.set(backend.name, backend)
    },
    lose: () => void (life = newLife()),
    read: (query) => ({ life, moment, ...readCounts(counts, query) }),
    save: () => ({
      life,
      moment,
      backends: [...names.values()].flatMap((named) => saveBackend(named, counts)),
    }),
  }
}

/** Whoever is asked about a request answers no visitor; but where nobody answers, a visitor is failed. */
const feltOf = (kind: Backend['kind'], answers: Answers): Answers =>
  kind === 'route' ? answers : { ...noAnswers, failed: answers.failed }

const add = (a: number, b: number): number => a + b

interface Counts {
  readonly names: ReadonlyMap<string, Named>
  readonly open: ReadonlyMap<number, ReadonlyMap<string, Answers>>
  readonly closed: ReadonlyMap<string, Answers>
  readonly peaks: ReadonlyMap<string, readonly Peak[]>
  readonly probes: ReadonlyMap<string, ProbeCounts>
  readonly services: Pick<ServiceCounts, 'read' | 'save'>
}

const readCounts = (
  { names, closed, open, peaks, probes, services }: Counts,
  { app, environment, since = 0 }: TallyQuery,
): Pick<NodeTally, 'routes' | 'probes'> => {
  const sumOf = (name: string): Answers =>
    [...open.values()].reduce(
      (sum, worker) => combineAnswers(sum, worker.get(name) ?? noAnswers, add),
      closed.get(name) ?? noAnswers,
    )
  const own = [...names.values()].filter(({ name }) => name.startsWith(`${app}.${environment}.`))
  const routes = [...Map.groupBy(own, ({ route }) => route)].map(([route, backends]): RouteTally => ({
    route,
    ...backends.reduce((sum, { kind, name }) => combineAnswers(sum, feltOf(kind, sumOf(name)), add), noAnswers),
    slowestMs: Math.max(...backends.map(({ name }) => peakSince(peaks.get(name) ?? [], since))),
    ...services.read(backends.flatMap(({ kind, name }) => (kind === 'route' ? [name] : []))),
  }))
  return {
    routes: routes.filter(({ requests }) => requests > 0),
    probes: own.flatMap(({ name, route }) => {
      const counted = probes.get(name)
      return counted === undefined ? [] : [{ route, ...readProbes(counted, since) }]
    }),
  }
}

const saveBackend = (
  { kind, name, route }: Named,
  { closed, peaks, probes, services }: Counts,
): readonly SavedBackend[] => {
  const answers = closed.get(name) ?? noAnswers
  const probed = probes.get(name)
  const places = services.save(name)
  if (answers.requests === 0 && probed === undefined) return []
  return [
    {
      name,
      route,
      ...(kind === 'route' ? {} : { kind }),
      answers,
      peaks: peaks.get(name) ?? [],
      ...(probed && { probes: probed }),
      ...(places && { places }),
    },
  ]
}
