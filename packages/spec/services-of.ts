import type { Route } from './route.ts'

/** Services of the app that the ingress has to reach for a route: those that answer it, and the one that is asked about it. */
export const servicesOf = (route: Route): readonly string[] => {
  const asked = route.kind === 'http' ? route.forwardAuth?.service : undefined
  const services = route.targets.map(({ service }) => service)
  return asked === undefined ? services : [...services, asked]
}
