import type { Benchmark, Figure } from '../benchmark.ts'
import { compare, median } from '../benchmark.ts'
import { ensurePrograms, ingressBenchPackages } from '../../scripts/ensure-programs.ts'
import { startCaddy, startHaproxy, startOurs, startTask, type Contestant } from './contestants.ts'
import { load, type Load, type Protocol } from './load.ts'
import { hostOf } from './table-of.ts'

interface Race {
  readonly protocol: Protocol
  readonly routes: number
}

const races: readonly Race[] = [
  { protocol: 'h1', routes: 1 },
  { protocol: 'h1', routes: 100 },
  { protocol: 'h1', routes: 1_000 },
  { protocol: 'tls', routes: 1 },
  { protocol: 'h2', routes: 1 },
]
const rounds = 5
const requests = 20_000

/** Requests that our ingress passes on, beside a HAProxy that is told the least and a Caddy of the same hosts. */
export const ingressTraffic: Benchmark = {
  name: 'ingress.rps',
  also: ['ingress.p99'],
  run: async (signal) => {
    ensurePrograms(ingressBenchPackages)
    const figures: Figure[] = []
    for (const race of races) figures.push(...(await run(race, signal)))
    return figures
  },
}

const run = async ({ protocol, routes }: Race, signal: AbortSignal): Promise<readonly Figure[]> => {
  await using stack = new AsyncDisposableStack()
  const task = stack.use(await startTask())
  const contestants = [
    stack.use(await startOurs(routes, task.port)),
    stack.use(await startHaproxy(task.port)),
    stack.use(await startCaddy(routes, task.port)),
  ]
  const asking = { protocol, host: hostOf(routes - 1), requests }
  const loads = new Map<Contestant['name'], Load[]>(contestants.map(({ name }) => [name, []]))
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    for (const contestant of contestants) {
      signal.throwIfAborted()
      const seen = await load(contestant, asking)
      if (round > 0) loads.get(contestant.name)?.push(seen)
    }
  }
  const of = (name: Contestant['name'], key: keyof Load): number =>
    median((loads.get(name) ?? []).map((each) => each[key]))
  const sides = (other: 'haproxy' | 'caddy', key: keyof Load) => ({ ours: of('ours', key), other: of(other, key) })
  const name = `${protocol}.${routes}`
  const rps = 'requestsPerS'
  return [
    compare(`ingress.rps.${name}`, sides('haproxy', rps), { unit: '1/s', note: 'other: least HAProxy; wanted: 0.95' }),
    compare(`ingress.rps.${name}.caddy`, sides('caddy', rps), { unit: '1/s', note: 'other: Caddy; wanted: 2.5' }),
    compare(`ingress.p99.${name}`, sides('haproxy', 'p99Ms'), {
      unit: 'ms',
      note: 'other: least HAProxy; wanted: 1.1 at most',
    }),
  ]
}
