import type { RouteConflict, RoutesOfEnvironment } from './route-conflicts.ts'
import { compareRoutes, describeRoute } from './route-order.ts'
import type { HttpRoute } from './route.ts'

type Asking = RouteConflict['first'] & { readonly route: HttpRoute }

export const AUTHORITY_HINT =
  'TLS asks for a certificate by host, before the path is known: take another host, or name both authorities in both routes'

/**
 * Routes of one host that ask for certificates of different authorities, over all environments; those of a wildcard above it
 * count too, for they answer where it has no route. Of more than two each is told with the first.
 */
export const findAuthorityConflicts = (environments: readonly RoutesOfEnvironment[]): readonly RouteConflict[] => {
  const asking = environments.flatMap(listAsking).sort(compareAsking)
  const byHost = Map.groupBy(asking, ({ route }) => route.match.host)
  const firstOf = new Map(
    [...byHost].flatMap(([host, [first]]) => (first === undefined ? [] : [[host, first] as const])),
  )
  const findOther = (second: Asking): Asking | undefined => {
    const { host } = second.route.match
    const others = [firstOf.get(host), host.startsWith('*') ? undefined : firstOf.get(host.replace(/^[^.]*/, '*'))]
    return others.find((first) => first !== undefined && authorityOf(first) !== authorityOf(second))
  }
  return asking.flatMap((second) => {
    const first = findOther(second)
    return first === undefined ? [] : [{ first, second, message: render(first, second) }]
  })
}

const listAsking = ({ app, environment, routes }: RoutesOfEnvironment): readonly Asking[] =>
  routes.flatMap((route) =>
    route.kind === 'http' && route.clientCertificates !== undefined
      ? [{ app, environment, service: route.service, route }]
      : [],
  )

/** The order of the environments means nothing. */
const compareAsking = (a: Asking, b: Asking): number =>
  compareRoutes(a.route, b.route) || (ownerOf(a) < ownerOf(b) ? -1 : 1)

const ownerOf = ({ app, environment, service }: Asking): string => `${app}/${environment} ${service}`

const authorityOf = ({ route }: Asking): string | undefined => route.clientCertificates?.authority

const render = (first: Asking, second: Asking): string => {
  const [one, other] = [first, second].map(
    ({ app, environment, service, route }) => `${describeRoute(route)} of ${service} in ${app}/${environment}`,
  )
  return `${other} asks for certificates of another authority than ${one}`
}
