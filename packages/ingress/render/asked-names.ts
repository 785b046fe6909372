import { routeId, type HttpRoute } from '@atoll/spec'
import { placesOf, wildcardOf } from '../choices.ts'
import type { HostCertificate, IngressSettings, RouteTable } from '../table.ts'
import { certificatePath, certificatesFolder } from './certificates.ts'

/** Which names of TLS are asked for a certificate of the client, and of which authority. */
export interface AskedNames {
  /** Nobody is: nothing is rendered of it. */
  readonly isEmpty: boolean
  readonly files: Readonly<Record<string, string>>
  /** What a line of `bind` says of certificates. */
  readonly bindWords: string
  /** Who comes to the route by any name was asked for a certificate of its authority, and no other. */
  readonly isAsked: (route: HttpRoute) => boolean
}

const certificateList = 'lists/certificates.lst'

const nobody: AskedNames = {
  isEmpty: true,
  files: {},
  bindWords: `crt ${certificatesFolder}/`,
  isAsked: () => true,
}

/**
 * TLS shakes hands before there is a path: a name asks when a route that may answer there does. Of two authorities of one
 * name (`findAuthorityConflicts`) the first is asked for. `routes` are in the order of `compareRoutes`.
 */
export const askedNamesOf = (
  routes: readonly HttpRoute[],
  { certificates }: Pick<RouteTable, 'certificates'>,
  { https }: Pick<IngressSettings, 'https'>,
): AskedNames => {
  const asking = routes.filter((route) => route.clientCertificates !== undefined)
  if (asking.length === 0 || https === undefined) return nobody
  const files = new Map<string, string>()
  for (const route of asking) {
    const authority = authorityOf(route) ?? ''
    // By the route, so that a refusal says whose it is.
    if (!files.has(authority)) files.set(authority, `authorities/${routeId(route)}.pem`)
  }
  const names = namesOf(routes, certificates)
  const lines = linesOf(names, (authority) => files.get(authority) ?? '')
  return {
    isEmpty: false,
    files: {
      [certificateList]: lines.map((line) => `${line}\n`).join(''),
      ...Object.fromEntries([...files].map(([authority, path]) => [path, authority] as const)),
    },
    // Who shows a wrong certificate gets a handshake and an answer that says no.
    bindWords: `crt-list ${certificateList} crt-ignore-err all ca-ignore-err all`,
    isAsked: (route) =>
      route.clientCertificates === undefined ||
      names
        .filter(({ name, authority }) => isReached(route, name) && authority !== undefined)
        .every(({ authority }) => authority === authorityOf(route)),
  }
}

const authorityOf = ({ clientCertificates }: HttpRoute): string | undefined => clientCertificates?.authority

const isReached = ({ match: { host } }: HttpRoute, name: string): boolean => name === host || wildcardOf(name) === host

interface Name {
  readonly name: string
  readonly certificate: HostCertificate
  /** PEM; absent: it is not asked. */
  readonly authority?: string
}

/** Hosts of certificates and of routes, as far as they have a certificate, their own or that of the wildcard. */
const namesOf = (routes: readonly HttpRoute[], certificates: readonly HostCertificate[]): readonly Name[] => {
  const byHost = new Map(certificates.map((certificate) => [certificate.host, certificate]))
  const findAuthority = authoritiesOf(routes)
  const hosts = new Set([...byHost.keys(), ...routes.map(({ match }) => match.host)])
  return [...hosts].sort().flatMap((name) => {
    const certificate = byHost.get(name) ?? byHost.get(wildcardOf(name))
    const authority = findAuthority(name)
    return certificate === undefined ? [] : [{ name, certificate, ...(authority && { authority }) }]
  })
}

/** Of a name: the first authority that a route asks for which may answer there. */
const authoritiesOf = (routes: readonly HttpRoute[]): ((name: string) => string | undefined) => {
  const places = Map.groupBy(placesOf(routes), ({ host }) => host)
  const findOwn = (host: string): string | undefined =>
    places
      .get(host)
      ?.flatMap((place) => place.routes.map(authorityOf))
      .find((authority) => authority !== undefined)
  return (name) => findOwn(places.has(name) ? name : wildcardOf(name))
}

/**
 * Each name has exactly one certificate. Otherwise HAProxy would choose between two of them by their keys, and so now and then
 * the one that does not ask: therefore names stand here and not those of the certificates, and a wildcard without the names
 * below it that are asked for something else.
 */
const linesOf = (names: readonly Name[], pathOf: (authority: string) => string): readonly string[] => {
  const byName = new Map(names.map((each) => [each.name, each]))
  const isLikeWildcard = ({ name, authority }: Name): boolean => byName.get(wildcardOf(name))?.authority === authority
  const others = Map.groupBy(
    names.filter((each) => !isLikeWildcard(each)),
    ({ name }) => wildcardOf(name),
  )
  return names
    .filter((each) => each.certificate.host === each.name || !isLikeWildcard(each))
    .map(({ name, certificate, authority }) => {
      const below = others.get(name) ?? []
      const asks = authority === undefined ? '' : ` [ca-file ${pathOf(authority)} verify optional]`
      return [`${certificatePath(certificate.host)}${asks}`, name, ...below.map((each) => `!${each.name}`)].join(' ')
    })
}
