import type { RouteTarget, Timeouts } from '../../route.ts'
import { durationMsOf } from '../quantities.ts'
import { at, entriesOf, numberOf, refuse, textOf, type Source } from '../source.ts'

/** What routes know of the services of their app. */
export interface RoutedServices {
  readonly names: ReadonlySet<string>
  /** Those whose tasks run to their end. */
  readonly ending: ReadonlySet<string>
}

/** Who answers, sorted by service. */
export const targetsOf = (source: Source, service: string, services: RoutedServices): readonly RouteTarget[] => {
  const port = numberOf(at(source, 'port'))
  if (port === undefined) return refuse(source, 'says no port', 'add port: the one the tasks listen on') ?? []
  const weights = at(source, 'weights')
  const shares = entriesOf(weights).map(([name, weight]) => ({ name, weight: numberOf(weight) ?? 0, place: weight }))
  if (shares.length === 0) return checkEnding(source, [{ service, port, weight: 1 }], services)
  for (const { name, place } of shares) {
    if (!services.names.has(name)) refuse(place, `the app has no service ${name}`, 'name one of this compose file')
  }
  if (shares.every(({ weight }) => weight === 0)) refuse(weights, 'all weights are 0', 'give one of them more')
  const targets = shares.map(({ name, weight }) => ({ service: name, port, weight }))
  return checkEnding(source, targets, services)
}

const checkEnding = (
  source: Source,
  targets: readonly RouteTarget[],
  { ending }: RoutedServices,
): readonly RouteTarget[] => {
  const found = targets.find(({ service }) => ending.has(service))
  if (found !== undefined) {
    refuse(source, `${found.service} runs to its end and answers nobody`, 'route to a service that stays')
  }
  return targets
}

/** A service that has to do with the requests of a route, and does not answer them. `what`: `ask`. */
export const otherServiceOf = (source: Source, { names, ending }: RoutedServices, what: string): string | undefined => {
  const place = at(source, 'service')
  const service = textOf(place)
  if (service === undefined) {
    return refuse(source, `names no service to ${what}`, 'add service: one of this compose file')
  }
  if (!names.has(service)) return refuse(place, `the app has no service ${service}`, 'name one of this compose file')
  if (!ending.has(service)) return service
  return refuse(place, `${service} runs to its end and answers nobody`, 'name a service that stays')
}

/** The proxy counts in 32 bits. */
const LONGEST_MS = 24 * 86_400_000

/** Milliseconds from 1 to 24 days. */
export const spanMsOf = (source: Source): number | undefined => {
  const durationMs = durationMsOf(source)
  if (durationMs === undefined || (durationMs >= 1 && durationMs <= LONGEST_MS)) {
    return durationMs === undefined ? undefined : Math.trunc(durationMs)
  }
  return refuse(source, 'is not between 1ms and 24 days', 'write for example 30s')
}

const [CONNECT_MS, RESPONSE_MS, IDLE_MS] = [400, 60_000, 3_600_000]

export const timeoutsOf = (source: Source): Timeouts => ({
  connectMs: spanMsOf(at(source, 'connect')) ?? CONNECT_MS,
  responseMs: spanMsOf(at(source, 'response')) ?? RESPONSE_MS,
  idleMs: spanMsOf(at(source, 'idle')) ?? IDLE_MS,
})
