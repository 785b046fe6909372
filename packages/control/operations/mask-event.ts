import type { DeploymentEvent } from '@atoll/deploy'
import { maskChange, planJson } from '@atoll/plan'
import type { Action, RouteDifference } from '@atoll/plan'

/** Actions hold whole services; what looks secret in them is masked before anybody sees it. */
export const maskActions = (actions: readonly Action[]): readonly Action[] =>
  planJson(actions, []).actions as readonly Action[]

export const maskRoutes = (routes: readonly RouteDifference[]): readonly RouteDifference[] =>
  routes.map((route) => ({ ...route, changes: route.changes.map(maskChange) }))

export const maskEvent = (event: DeploymentEvent): DeploymentEvent => {
  if (event.kind === 'plan') return { ...event, actions: maskActions(event.actions), routes: maskRoutes(event.routes) }
  if (event.kind !== 'action') return event
  return { ...event, action: maskActions([event.action])[0] ?? event.action }
}
