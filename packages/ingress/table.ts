import type { Route, RouteOwner } from '@atoll/spec'
import type { ProbePlan } from './probing/plan-probe.ts'

/** Everything the ingress of a node needs to know. The order of its lists means nothing. */
export interface RouteTable {
  readonly environments: readonly RoutedEnvironment[]
  readonly certificates: readonly HostCertificate[]
  /** Of the account with an authority (RFC 7638), base64url: with it every node answers challenges of ACME. Absent: none does. */
  readonly acmeThumbprint?: string
  /** CIDR or addresses of proxies before the nodes, whose word on the client is taken. Absent: nobody's is. */
  readonly trustedProxies?: readonly string[]
  /** These begin each connection with a header of the PROXY protocol. */
  readonly isProxyProtocolExpected?: boolean
  /** No ingress asks anything by itself. Absent: it does when it is told to. */
  readonly hasProbes?: false
}

/** What TLS of a host is answered with. */
export interface HostCertificate {
  /** As routes say it: `shop.example.org`, `*.example.org`. */
  readonly host: string
  /** The certificate, those between it and its authority, and its key. */
  readonly pem: string
  /** Everybody's programs trust it. Until then requests without TLS are answered and not redirected, whatever routes say. */
  readonly isPublic: boolean
}

export interface RoutedEnvironment {
  readonly app: string
  readonly environment: string
  readonly routes: readonly Route[]
  /** By service: where its tasks are. A service that is not there has none. */
  readonly endpoints: Readonly<Record<string, readonly Endpoint[]>>
  /** By service: how many tasks it may have for a while, so that none of them needs a reload. Absent: nobody knows. */
  readonly mostTasks?: Readonly<Record<string, number>>
}

/** One task that answers, or did until now. */
export interface Endpoint {
  /** Of the task. */
  readonly id: string
  /** IPv4 or IPv6, in a network the ingress has joined. */
  readonly address: string
  /** Address of its node among the nodes. Absent: nobody knows. */
  readonly node?: string
  /** `draining`: it answers what it has begun, and gets nothing new. */
  readonly state: 'ready' | 'draining'
}

/** What is the same for all routes of a node. */
export interface IngressSettings {
  /** Addresses of the node to listen on: `0.0.0.0`, `::`. */
  readonly addresses: readonly string[]
  readonly httpPort: number
  /** It passes on connections at the ports of its routes, and has neither of these two. */
  readonly hasStreamsOnly?: boolean
  /** Absent: nothing is answered with TLS, and so nothing is redirected to it. */
  readonly https?: { readonly port: number }
  /** Absolute folder for sockets; of the ingress alone. */
  readonly runFolder: string
  /** CIDR of proxies before this one, whose word on the client's address is taken. */
  readonly trustedProxies: readonly string[]
  /** They name the client in a header of the PROXY protocol, version 1 or 2, of each connection. */
  readonly isProxyProtocolExpected?: boolean
  readonly maxConnections: number
  /** How often each endpoint is asked for a connection. */
  readonly checkEveryMs: number
  /** A word that nobody else can know: what comes from the loopback with it are the ingress' own requests. Absent: it makes none. */
  readonly probeToken?: string
}

/** Variable of the environment in which HAProxy is told the folder of its configuration. */
export const folderVariable = 'ATOLL_CONFIGURATION'

/** One configuration of HAProxy: the whole of it, relative to a folder that it does not know. */
export interface Configuration {
  /** Of `haproxy.cfg`. */
  readonly text: string
  /** Texts of the other files, by path relative to `haproxy.cfg`. */
  readonly files: Readonly<Record<string, string>>
  /** Sorted by name. */
  readonly backends: readonly Backend[]
  /** For what the ingress asks by itself: the same tasks, counted apart. Absent: it asks nothing. */
  readonly probeBackends?: readonly Backend[]
  /** The same for two configurations exactly when running servers and certificates of the one can be made those of the other. */
  readonly frame: string
}

/** One route in HAProxy, or who is asked about its requests, or gets copies of them, and the places their tasks have there. */
export interface Backend extends RouteOwner {
  readonly kind: 'route' | 'forward-auth' | 'mirror'
  /** Of a route `APP.ENVIRONMENT.SERVICE.ID`. */
  readonly name: string
  /** As people name it. */
  readonly route: string
  readonly slots: readonly Slot[]
  /** What the ingress asks it by itself. Absent: nobody has said. */
  readonly probe?: ProbePlan
}

/** A server line of HAProxy: one task has it, or nobody (`maint`). */
export interface Slot {
  readonly name: string
  readonly service: string
  /** Id of the one that has it. */
  readonly task?: string
  /** `0.0.0.0` of an empty one. */
  readonly address: string
  readonly port: number
  readonly state: 'ready' | 'drain' | 'maint'
  /** 0 to 256; of the requests to its backend. */
  readonly weight: number
}
