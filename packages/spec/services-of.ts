import type { Route } from './route.ts'

/**
 * Services of the app that the ingress has to reach for a route: those that answer it, the one that is asked about it, and the one that
 * gets copies. Each as often as it is one of these.
 */
export const servicesOf = (route: Route): readonly string[] => {
  const others = route.kind === 'http' ? [route.forwardAuth, route.mirror] : []
  return [...route.targets, ...others.filter((other) => other !== undefined)].map(({ service }) => service)
}
