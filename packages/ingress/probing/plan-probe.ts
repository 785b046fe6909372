import { BlockList, isIPv4 } from 'node:net'
import type { HttpRoute, Route } from '@atoll/spec'

/** A request that a route answers, as a client would send it by HTTPS. */
export interface ProbeRequest {
  readonly method: 'GET' | 'HEAD'
  readonly host: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** The request, or why there is none: words that go after the name of the route. */
export type ProbePlan =
  | { readonly kind: 'request'; readonly request: ProbeRequest }
  | { readonly kind: 'none'; readonly why: string }

/** What an ingress asks a route by itself, from its own loopback. */
export const planProbe = (route: Route): ProbePlan => {
  if (route.kind !== 'http') return { kind: 'none', why: 'is a port, or TLS, as it is' }
  const why = reasons.find(([applies]) => applies(route))?.[1]
  return why === undefined ? { kind: 'request', request: requestOf(route) } : { kind: 'none', why }
}

const agentName = 'atoll-probe'
const loopback = '127.0.0.1'

const reasons: readonly (readonly [(route: HttpRoute) => boolean, string])[] = [
  [({ match: { methods } }) => methodOf(methods) === undefined, 'takes neither GET nor HEAD'],
  [({ match: { path } }) => path.kind === 'regex', 'has a pattern for a path'],
  [({ clientCertificates }) => clientCertificates !== undefined, 'asks for client certificates'],
  [({ basicAuth }) => basicAuth !== undefined, 'asks for a password'],
  [({ forwardAuth }) => forwardAuth !== undefined, 'asks another service who may'],
  [({ maintenance }) => maintenance !== undefined, 'is in maintenance'],
  [({ allow, deny }) => isIn(deny) || (allow.length > 0 && !isIn(allow)), 'does not answer the node itself'],
]

const methodOf = (methods: readonly string[]): ProbeRequest['method'] | undefined => {
  if (methods.length === 0 || methods.includes('GET')) return 'GET'
  return methods.includes('HEAD') ? 'HEAD' : undefined
}

const isIn = (networks: readonly string[]): boolean => {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    if (isIPv4(address)) list.addSubnet(address, Number(prefix ?? 32))
  }
  return list.check(loopback)
}

const requestOf = ({ match: { host, path, methods, headers, query } }: HttpRoute): ProbeRequest => {
  const valueOf = (value: string): string => (value === '*' ? agentName : value)
  const plain = path.kind === 'regex' ? '/' : path.path
  const search = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(valueOf(value))}`,
  )
  return {
    method: methodOf(methods) ?? 'GET',
    // Any name below a wildcard will do.
    host: host.replace('*', agentName),
    path: search.length === 0 ? plain : `${plain}?${search.join('&')}`,
    headers: {
      'user-agent': agentName,
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, valueOf(value)])),
    },
  }
}
