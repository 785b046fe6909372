import { describeRoute, routeId } from '@atoll/spec'
import type { Route } from '@atoll/spec'
import { compare } from './diff.ts'
import type { FieldChange } from './observed.ts'

/** A route that two apps do not have alike. */
export interface RouteDifference {
  /** The service that has it, or had it. */
  readonly service: string
  /** As people name it: `shop.example.org/api`. */
  readonly route: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** In the words of the App; of one that came or went, who answers. */
  readonly changes: readonly FieldChange[]
}

/** What `to` has that `from` had not, by service; those that match the same are one route. Their order means nothing. */
export const diffRoutes = (from: readonly Route[], to: readonly Route[]): readonly RouteDifference[] => {
  const before = new Map(from.map((route) => [routeId(route), route]))
  const after = new Map(to.map((route) => [routeId(route), route]))
  const removed = from.filter((route) => !after.has(routeId(route))).map((route) => tell('removed', 'from', route))
  const others = to.flatMap((route) => diffOne(before.get(routeId(route)), route))
  return [...removed, ...others].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

const diffOne = (before: Route | undefined, route: Route): readonly RouteDifference[] => {
  if (before === undefined) return [tell('added', 'to', route)]
  const changes = compare('', before, route).map((change) => reword(change, before, route))
  return changes.length === 0 ? [] : [{ ...nameOf(route), kind: 'changed', changes }]
}

/** Targets are told in a line, as of a route that came or went, unless the line would be the same. */
const reword = (change: FieldChange, before: Route, route: Route): FieldChange => {
  const [from, to] = [describeServices(before), describeServices(route)]
  const field = change.field.slice(1)
  if (field !== 'targets' || from === to) return { ...change, field }
  return { field, from: JSON.stringify(from), to: JSON.stringify(to) }
}

const tell = (kind: 'added' | 'removed', side: 'from' | 'to', route: Route): RouteDifference => ({
  ...nameOf(route),
  kind,
  changes: [{ field: 'targets', [side]: JSON.stringify(describeTargets(route)) }],
})

const nameOf = (route: Route) => ({ service: route.service, route: describeRoute(route) })

/** `web:8080 90 %, web-next:8080 10 %`; of static files the image and its folder, of a redirect the ingress itself. */
const describeTargets = (route: Route): string => {
  if (route.kind === 'http' && route.static !== undefined) {
    return `${route.static.path} of ${route.static.image ?? route.service}`
  }
  return describeServices(route)
}

const describeServices = ({ targets }: Route): string => {
  const sum = targets.reduce((total, { weight }) => total + weight, 0)
  const part = (weight: number): string => (targets.length < 2 ? '' : ` ${Number(((weight / sum) * 100).toFixed(1))} %`)
  return targets.map(({ service, port, weight }) => `${service}:${port}${part(weight)}`).join(', ') || 'ingress'
}

const sortKey = ({ service, route, kind }: RouteDifference): string => JSON.stringify([service, route, kind])
