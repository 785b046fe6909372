import { servicesOf } from '@atoll/spec'
import type { DeploymentRecord, EnvironmentRecord, Release } from '@atoll/deploy'
import type { App, Route } from '@atoll/spec'
import type { Documents } from '@atoll/store'

/** The routes of one environment, and which services of the engine the ingress needs for them. */
export interface RoutedApp {
  readonly app: string
  readonly environment: string
  readonly routes: readonly Route[]
  /** Engine names by compose names, of the services that answer them or are asked about them. */
  readonly services: Readonly<Record<string, string>>
  /** How many tasks each is to have, by compose names; of one that runs on every node it is not known. */
  readonly replicas: Readonly<Record<string, number>>
}

/** Undefined: it has none. */
export const routedAppOf = ({ name, environment, routes = [], services }: App): RoutedApp | undefined => {
  if (routes.length === 0) return undefined
  const reached = new Set(routes.flatMap(servicesOf))
  const known = services.filter((service) => reached.has(service.name))
  return {
    app: name,
    environment,
    routes,
    services: Object.fromEntries(known.map((service) => [service.name, service.engineName])),
    replicas: Object.fromEntries(
      known.flatMap(({ name: service, mode }) => (mode.kind === 'replicated' ? [[service, mode.replicas]] : [])),
    ),
  }
}

type Readable = Pick<Documents, 'find' | 'list'>

/** Of every environment the release that last converged, by id: `shop.production`. What is being removed has none any more. */
export const createRouteFinder = (documents: Readable) => {
  /** Releases never change, and reading one costs; undefined of one without routes. */
  let known: ReadonlyMap<string, RoutedApp | undefined> = new Map()
  return async (signal: AbortSignal): Promise<ReadonlyMap<string, RoutedApp>> => {
    const environments = await documents.list<EnvironmentRecord>('environment', {}, signal)
    const next = new Map(known)
    const current = new Set<string>()
    const found = new Map<string, RoutedApp>()
    for (const { id, value } of environments) {
      if (value.current === undefined) continue
      const release = `${id}.${value.current}`
      current.add(release)
      // Its document may come a moment later than what says that it is current.
      const app = next.has(release) ? undefined : (await documents.find<Release>('release', release, signal))?.value.app
      if (app !== undefined) next.set(release, routedAppOf(app))
      const routed = next.get(release)
      if (routed !== undefined && !(await isLeaving(documents, { id, value }, signal))) found.set(id, routed)
    }
    known = new Map([...next].filter(([release]) => current.has(release)))
    return found
  }
}

/** Its networks could not be removed while the ingress is in them. */
const isLeaving = async (
  documents: Readable,
  { id, value: { running } }: { readonly id: string; readonly value: EnvironmentRecord },
  signal: AbortSignal,
): Promise<boolean> => {
  if (running === undefined) return false
  const place = ['deployment', `${id}.${running.deployment}`] as const
  return (await documents.find<DeploymentRecord>(...place, signal))?.value.task.kind === 'remove'
}
