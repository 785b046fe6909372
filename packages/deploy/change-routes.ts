import type { EnvironmentRef } from '@atoll/engine'
import type { Warning } from '@atoll/plan'
import { describeRoute, toRoute } from '@atoll/spec'
import type { App, Route, RouteFields, ToAppOptions } from '@atoll/spec'
import { resolveFiles } from './attempt/resolve-files.ts'
import { warnOfRoutes } from './attempt/unserved-routes.ts'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { getChangeable, requireServices, runWithoutFiles } from './derive.ts'
import { withoutRoute, withRoute } from './edit-routes.ts'
import { InvalidRouteError, NotFoundError, NothingToDoError, RefusedError, renderRef } from './errors.ts'
import { findRelease, getEnvironment } from './ledger/ledger.ts'
import { toReader } from './look/reader.ts'
import type { Outcome, Release } from './records.ts'

export interface AddRouteRequest extends Pick<ToAppOptions, 'readCertificate'> {
  readonly ref: EnvironmentRef
  /** Compose name of the service it is of. */
  readonly service: string
  /** As it would stand under `x-atoll.routes` of that service. */
  readonly route: RouteFields
}

/**
 * The environment with one route more, and nothing else: no task is touched. InvalidRouteError when a compose file with it
 * would be refused; NothingToDoError when it is there just so; RefusedError when another stands in its place.
 */
export const addRoute = async (
  context: Context,
  { ref, service, route: fields, ...reader }: AddRouteRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const current = await getChangeable(call, 'add a route to')
  const parsed = parseRoute(current.app, { service, fields, ...reader })
  const { routes, warnings } = await resolveFiles(call, { ...current.app, routes: [parsed] }, current)
  const [route = parsed] = routes
  const added = withRoute(current.app, route)
  if (added.kind === 'there') {
    throw new NothingToDoError(`${renderRef(ref)} has the route ${describeRoute(route)} already, just so`)
  }
  if (added.kind === 'taken') throw taken(ref, added.message)
  const origin = { kind: 'add-route', note: describeRoute(route) } as const
  return release(call, { current, app: added.app, origin, warnings })
}

export interface RemoveRouteRequest {
  readonly ref: EnvironmentRef
  /** As `describeRoute` names it: `shop.example.org/api`. */
  readonly route: string
}

/** The environment without one of its routes; the last may go too. NotFoundError when it has none of that name. */
export const removeRoute = async (
  context: Context,
  { ref, route: name }: RemoveRouteRequest,
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const current = await getChangeable(call, 'remove a route of')
  const app = withoutRoute(current.app, getRoute(current.app, name))
  return release(call, { current, app, origin: { kind: 'remove-route', note: name } })
}

/** A route of a current release, as people name it. */
export interface NamedRoute extends EnvironmentRef {
  readonly route: string
}

/** Routes of the current releases of all environments. */
export const listRoutes = async (context: Context, signal: AbortSignal): Promise<readonly NamedRoute[]> => {
  const refs = await context.engine.listEnvironments(signal)
  return (await Promise.all(refs.map((ref) => listOwn(toReader(context, ref, signal))))).flat()
}

const listOwn = async (reader: Call): Promise<readonly NamedRoute[]> => {
  const { current } = (await getEnvironment(reader)).value
  const found = current === undefined ? undefined : await findRelease(reader, current)
  return (found?.app.routes ?? []).map((route) => ({ ...reader.ref, route: describeRoute(route) }))
}

interface Written extends Pick<ToAppOptions, 'readCertificate'> {
  readonly service: string
  readonly fields: RouteFields
}

const parseRoute = (app: App, { service, fields, ...reader }: Written): Route => {
  requireServices(app, [service])
  const { route, problems } = toRoute(fields, { app, service, ...reader })
  if (route !== undefined) return route
  throw new InvalidRouteError(`${app.name}/${app.environment}`, problems)
}

const getRoute = ({ name: app, environment, routes = [] }: App, name: string): Route => {
  const called = (text: string): readonly Route[] => routes.filter((route) => describeRoute(route) === text)
  const exact = called(name)
  // A host alone is all that is below it.
  const found = exact.length > 0 ? exact : called(`${name}/`)
  const [route] = found
  if (route !== undefined && found.length === 1) return route
  if (found.length > 1) {
    throw new RefusedError(`${app}/${environment} has ${found.length} routes that are called ${name}`, {
      hint: 'take one of them out of the compose file, and deploy it',
    })
  }
  const names = routes.map(describeRoute).join(', ')
  throw new NotFoundError(
    `${app}/${environment} has no route ${name}`,
    names === '' ? 'it has none at all' : `its routes are ${names}`,
  )
}

interface Change {
  readonly current: Release
  readonly app: App
  readonly warnings?: readonly Warning[]
  readonly origin: { readonly kind: 'add-route' | 'remove-route'; readonly note: string }
}

/** What ran for the release before has run for this one: a job would migrate once more for nothing. */
const release = async (call: Call, { current, app, origin, warnings = [] }: Change): Promise<Outcome> => {
  const { number, jobsOf = number } = current
  return runWithoutFiles(call, {
    task: { kind: 'release' },
    release: { app, jobsOf, origin: { from: number, ...origin } },
    basedOn: number,
    warnings: [...warnings, ...(await warnOfRoutes(call, app))],
  })
}

const taken = (ref: EnvironmentRef, message: string): RefusedError =>
  new RefusedError(`add a route to ${renderRef(ref)}: ${message}`, {
    hint: 'remove that first with "atoll route rm", or change it in the compose file and deploy',
  })
