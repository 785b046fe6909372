import type { Route } from '@atoll/spec'
import type { WantedHost } from './certificate.ts'

/** Routes of the current release of one environment. */
export interface RoutedApp {
  readonly app: string
  readonly environment: string
  readonly routes: readonly Route[]
}

/** Hosts that the ingress answers for with TLS, sorted. TLS that is passed on as it is has the certificate of the app. */
export const wantedHosts = (apps: readonly RoutedApp[]): readonly WantedHost[] => {
  const owners = new Map<string, Set<string>>()
  for (const { app, environment, routes } of apps) {
    for (const route of routes) {
      if (route.kind !== 'http') continue
      const known = owners.get(route.match.host) ?? new Set()
      owners.set(route.match.host, known.add(`${app}/${environment}`))
    }
  }
  return [...owners].map(([host, of]) => ({ host, of: [...of].sort() })).toSorted((a, b) => (a.host < b.host ? -1 : 1))
}
