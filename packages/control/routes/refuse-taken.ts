import { readStreamPorts, renderOpening } from '@atoll/deploy'
import type { AddRouteRequest, EnvironmentRecord, Release } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import {
  AUTHORITY_HINT,
  findAuthorityConflicts,
  findKey,
  findRouteConflicts,
  renderKey,
  streamPortOf,
  toRoute,
} from '@atoll/spec'
import type { App, Problem, Route, RouteConflict, RoutesOfEnvironment } from '@atoll/spec'
import type { World } from '../control.ts'
import { ControlError } from '../errors.ts'
import type { LocatedProject } from '../read-upload.ts'

type Places = Pick<World, 'documents' | 'recentDocuments' | 'hasIngress'>

/**
 * Refuses an app whose routes another environment has, in its current release or in the one it is on its way to, and routes
 * that need a port the ingress has not. ControlError `routes-refused` with each at its place in the files.
 */
export const refuseTakenRoutes = async (
  world: Places,
  { app, project }: LocatedProject,
  signal: AbortSignal,
): Promise<void> => {
  const { routes = [] } = app
  if (routes.length === 0) return
  const known = { hasIngress: world.hasIngress, open: await readStreamPorts(world.documents, signal) }
  // Once for each service and reason: all routes of one stand at one place.
  const unserved = Map.groupBy(routes, ({ service }) => service)
    .entries()
    .flatMap(([service, own]) =>
      [
        ...new Map(own.flatMap((route) => findUnserved(known, route) ?? []).map((why) => [why.message, why])).values(),
      ].map((why) => ({ service, ...why })),
    )
  const taken = await findTaken(world, app, signal)
  const problems = [...unserved, ...taken].map((found) => toProblem(found, project))
  if (problems.length === 0) return
  const subject = `${app.name}/${app.environment}`
  throw new ControlError('routes-refused', `${subject} asks for routes it cannot have`, { status: 422, problems })
}

const hint = 'choose another host or path, or take the route from who has it'
const noIngress = {
  message: 'no node of this cluster has an ingress, which serves routes',
  hint: 'let an owner of the servers run "atoll init --ingress on", or publish the port under ports',
}

interface Ports {
  readonly hasIngress: boolean
  /** For streams. */
  readonly open: readonly number[]
}

/** Why no node would answer a route. */
const findUnserved = ({ hasIngress, open }: Ports, route: Route): Pick<Refused, 'message' | 'hint'> | undefined => {
  if (!hasIngress) return noIngress
  const port = streamPortOf(route)
  return port === undefined || open.includes(port) ? undefined : closed(port, open)
}

const closed = (port: number, open: readonly number[]): Pick<Refused, 'message' | 'hint'> => ({
  message: `port ${port} of the nodes is not open for streams`,
  hint: `let an owner of the servers open it, "${renderOpening(open, port)}", or publish the port under ports`,
})

interface Refused {
  readonly service: string
  readonly message: string
  readonly hint: string
}

const toProblem = ({ service, message, hint: advice }: Refused, project: LocatedProject['project']): Problem => {
  const key = findKey(project.model, `services.${service}.x-atoll.routes`)
  return { severity: 'error', ...project.locate(key), key: renderKey(key), message, hint: advice }
}

/** A rollback to a release of before, too, may want what somebody else has by now: ControlError `routes-refused`. */
export const refuseTakenBy = async (
  world: Places,
  { ref, release }: { readonly ref: EnvironmentRef; readonly release: number },
  signal: AbortSignal,
): Promise<void> => {
  const found = await world.documents.find<Release>('release', `${ref.app}.${ref.environment}.${release}`, signal)
  if (found === undefined) return
  const { app } = found.value
  const taken = [...(await findClosed(world, app, signal)), ...(await findTaken(world, app, signal))]
  if (taken.length === 0) return
  const message = `release ${release} of ${ref.app}/${ref.environment}: ${taken.map((each) => each.message).join('; ')}`
  throw new ControlError('routes-refused', message, { status: 422, hint: taken[0]?.hint ?? hint })
}

/**
 * The same of a route that an environment is to have besides. What else may be wrong with it, or with who asks for it, is left to
 * whoever adds it.
 */
export const refuseTakenRoute = async (
  world: Places,
  { ref, service, route: fields }: AddRouteRequest,
  signal: AbortSignal,
): Promise<void> => {
  const app = await findApp(world, ref, signal)
  if (app?.services.some(({ name }) => name === service) !== true) return
  const { route } = toRoute(fields, { app, service })
  if (route === undefined) return
  const place = { severity: 'error', path: '', line: 1, column: 1, key: 'route' } as const
  const taken = await findTaken(world, { ...app, routes: [route] }, signal)
  const open = await readStreamPorts(world.documents, signal)
  const problems = [
    findUnserved({ hasIngress: world.hasIngress, open }, route) ?? [],
    taken.map(({ message, hint: advice }) => ({ message, hint: advice })),
  ].flat()
  if (problems.length === 0) return
  throw new ControlError('routes-refused', `${ref.app}/${ref.environment} asks for a route it cannot have`, {
    status: 422,
    problems: problems.map((problem) => ({ ...place, ...problem })),
  })
}

/** Its ports may have been closed since. */
const findClosed = async (
  { documents, hasIngress }: Places,
  { routes = [] }: App,
  signal: AbortSignal,
): Promise<readonly Refused[]> => {
  const open = hasIngress ? await readStreamPorts(documents, signal) : []
  return routes.flatMap((route) => {
    const port = streamPortOf(route)
    return port === undefined || open.includes(port) ? [] : [{ service: route.service, ...closed(port, open) }]
  })
}

const findApp = async (
  { documents }: Places,
  { app, environment }: EnvironmentRef,
  signal: AbortSignal,
): Promise<App | undefined> => {
  const id = `${app}.${environment}`
  const current = (await documents.find<EnvironmentRecord>('environment', id, signal))?.value.current
  if (current === undefined) return undefined
  return (await documents.find<Release>('release', `${id}.${current}`, signal))?.value.app
}

/** With the service of this app each is of. */
const findTaken = async (
  world: Places,
  { name, environment, routes = [] }: App,
  signal: AbortSignal,
): Promise<readonly Refused[]> => {
  const others = await listRoutes(world, { app: name, environment }, signal)
  const own = { app: name, environment, routes }
  const isOwn = (owner: RouteConflict['first']): boolean => owner.app === name && owner.environment === environment
  const all = [...others, own]
  const conflicts = [
    ...findRouteConflicts(all).map((each) => ({ ...each, hint })),
    ...findAuthorityConflicts(all).map((each) => ({ ...each, hint: AUTHORITY_HINT })),
  ]
  return conflicts.flatMap(({ first, second, message, hint: advice }) => {
    if (isOwn(first) === isOwn(second)) return []
    return [{ service: (isOwn(first) ? first : second).service, message, hint: advice }]
  })
}

/** Of all environments but one: releases that are current, and those under way. */
const listRoutes = async (
  { documents, recentDocuments }: Places,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<readonly RoutesOfEnvironment[]> => {
  const own = `${ref.app}.${ref.environment}`
  const environments = await documents.list<EnvironmentRecord>('environment', {}, signal)
  const numbers = environments
    .filter(({ id }) => id !== own)
    .flatMap(({ id, value: { current, running, lastRelease } }) =>
      [...new Set([current, running && lastRelease])].flatMap((number) => (number ? [`${id}.${number}`] : [])),
    )
  // They never change, so a copy is as good.
  const releases = await Promise.all(numbers.map((id) => recentDocuments.find<Release>('release', id, signal)))
  return releases.flatMap((release) => {
    const { name = '', environment = '', routes = [] } = release?.value.app ?? {}
    return routes.length === 0 ? [] : [{ app: name, environment, routes }]
  })
}
