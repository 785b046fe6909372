import { renderKey } from './app/source.ts'
import type { App, Service } from './app.ts'
import { mapAlone } from './map-alone.ts'
import { hasErrors, type Problem } from './problem.ts'
import type { Route } from './route.ts'
import type { ToAppOptions } from './to-app.ts'

/** A route as it stands under `x-atoll.routes` of a service, its keys as docs/routes.md has them. */
export type RouteFields = Readonly<Record<string, unknown>>

export interface ToRouteOptions extends Pick<ToAppOptions, 'readCertificate'> {
  /** Whose services it may lead to. */
  readonly app: App
  /** The one it is of; the app has it. */
  readonly service: string
}

/** `route` is absent exactly when a problem is an error. Keys of problems begin with `route`, and they stand in no file. */
export interface MappedRoute {
  readonly route?: Route
  readonly problems: readonly Problem[]
}

/** One route that stands in no file, by all that is done to one that does; but a `$` in it is a `$`, and no variable. */
export const toRoute = (fields: RouteFields, { app, service, ...reader }: ToRouteOptions): MappedRoute => {
  const services = app.services.map((each) => [each.name, toCompose(each, each.name === service ? [fields] : [])])
  const text = JSON.stringify({ name: 'app', services: Object.fromEntries(services) }, doubleDollars)
  const mapped = mapAlone(text, {}, reader)
  const place = renderKey(['services', service, 'x-atoll', 'routes', 0])
  const problems = mapped.problems.map((problem) => ({ ...problem, ...noPlace, key: toOwnKey(problem.key, place) }))
  const route = mapped.app?.routes?.[0]
  return route === undefined || hasErrors(problems) ? { problems } : { route, problems }
}

const noPlace = { path: '', line: 1, column: 1 } as const

/** Enough of a service for what routes ask of it. */
const toCompose = ({ mode }: Service, routes: readonly RouteFields[]) => ({
  image: 'app',
  'x-atoll': {
    ...(mode.kind === 'once' || mode.kind === 'once-per-node' ? { run: mode.kind } : {}),
    ...(routes.length > 0 ? { routes } : {}),
  },
})

/** Variables are filled into values alone. */
const doubleDollars = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('$', '$$$$') : value

const toOwnKey = (key: string, place: string): string =>
  key.startsWith(place) ? `route${key.slice(place.length)}` : key
