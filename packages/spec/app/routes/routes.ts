import type { Route, TcpRoute, TlsRoute } from '../../route.ts'
import { at, itemsOf, numberOf, refuse, textOf, type Source } from '../source.ts'
import type { CertificateReader } from './client-certificates.ts'
import { defined } from '../defined.ts'
import { balanceOf, httpRouteOf, proxyProtocolOf } from './http-route.ts'
import { requiredHostOf } from './match.ts'
import { targetsOf, timeoutsOf, type RoutedServices } from './targets.ts'
import { addressesOf } from './texts.ts'

/** A route, and where it stands. */
export interface PlacedRoute {
  readonly route: Route
  readonly source: Source
}

/** Routes of one service, in the order of the file; what is wrong with them is reported. */
export const routesOf = (
  service: Source,
  name: string,
  services: RoutedServices & CertificateReader,
): readonly PlacedRoute[] => {
  const sources = itemsOf(at(service, 'x-atoll', 'routes'))
  return sources.flatMap((source) => {
    checkFit(source)
    const route = routeOf(source, name, services)
    return route === undefined ? [] : [{ route, source }]
  })
}

const routeOf = (source: Source, service: string, services: RoutedServices & CertificateReader): Route | undefined => {
  switch (textOf(at(source, 'protocol'))) {
    case 'tcp':
      return tcpRouteOf(source, service, services)
    case 'tls':
      return tlsRouteOf(source, service, services)
    case 'udp':
      return refuse(at(source, 'protocol'), 'udp cannot be routed', 'publish the port: ports: ["53:53/udp"]')
    default:
      return httpRouteOf(source, service, services)
  }
}

const tcpRouteOf = (source: Source, service: string, services: RoutedServices): TcpRoute | undefined => {
  const listen = listenOf(source)
  if (listen === undefined) return refuse(source, 'says no port of the nodes', 'add listen: 5432')
  return { kind: 'tcp', listen, ...streamOf(source, service, services) }
}

const tlsRouteOf = (source: Source, service: string, services: RoutedServices): TlsRoute | undefined => {
  const [host, listen] = [requiredHostOf(source), listenOf(source) ?? 443]
  return host === undefined ? undefined : { kind: 'tls', host, listen, ...streamOf(source, service, services) }
}

const streamOf = (source: Source, service: string, services: RoutedServices) => ({
  service,
  targets: targetsOf(source, service, services),
  balance: balanceOf(source),
  timeouts: timeoutsOf(at(source, 'timeouts')),
  allow: addressesOf(at(source, 'allow')),
  deny: addressesOf(at(source, 'deny')),
  ...defined({ proxyProtocol: proxyProtocolOf(at(source, 'proxy_protocol')) }),
})

/** Ports of nodes that are the platform's own, besides 443, which TLS by name shares. */
const reserved: ReadonlySet<number> = new Set([22, 80, 2377, 7443, 7946, 8443])

const listenOf = (source: Source): number | undefined => {
  const place = at(source, 'listen')
  const port = numberOf(place)
  if (port === undefined) return undefined
  const isTaken = reserved.has(port) || (port === 443 && textOf(at(source, 'protocol')) === 'tcp')
  return isTaken ? refuse(place, `port ${port} of a node is taken by the platform`, 'choose another') : port
}

const streamKeys = ['protocol', 'listen', 'port', 'weights', 'balance', 'timeouts', 'proxy_protocol', 'allow', 'deny']
const matchKeys = ['host', 'path', 'path_exact', 'path_regex', 'method', 'header', 'query']
const guardKeys = ['allow', 'deny', 'basic_auth', 'client_certificates', 'rate_limit']
const redirectKeys = ['protocol', ...matchKeys, ...guardKeys, 'https', 'redirect', 'response_headers', 'access_log']

const answerKeys = ['cors', 'compression', 'maintenance', 'error_pages', 'response_headers', 'access_log']
const staticKeys = [...matchKeys, ...guardKeys, ...answerKeys, 'https', 'forward_auth', 'static', 'strip', 'rewrite']

/** Nothing is dropped in silence: what does not go with the rest is refused. */
const checkFit = (source: Source): void => {
  const protocol = textOf(at(source, 'protocol')) ?? 'http'
  if (protocol === 'tcp') checkKnown(source, new Set(streamKeys), 'means nothing for a port as it is')
  else if (protocol === 'tls') checkKnown(source, new Set([...streamKeys, 'host']), 'cannot be seen inside of TLS')
  else if (at(source, 'redirect').value !== undefined) {
    checkKnown(source, new Set(redirectKeys), 'means nothing for a redirect, which no app answers')
  } else if (at(source, 'static').value !== undefined) {
    checkKnown(source, new Set(staticKeys), 'means nothing for static files, which no task answers with')
  } else if (at(source, 'listen').value !== undefined && protocol !== 'udp') {
    refuse(at(source, 'listen'), 'HTTP is answered on the ports of the ingress', 'remove it, or say protocol: tcp')
  }
}

const checkKnown = (source: Source, known: ReadonlySet<string>, message: string): void => {
  for (const key of Object.keys(source.value ?? {})) {
    if (!known.has(key) && !key.startsWith('x-')) refuse(at(source, key), `${key} ${message}`, 'remove it')
  }
}
