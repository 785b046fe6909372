/**
 * One way from outside to services of an app, as `x-atoll.routes` of a service says it (docs/routes.md), every default
 * filled in. All texts are checked: names, paths, addresses and patterns hold no character that could mean something to a
 * proxy, and free texts (values of headers, pages) are printable.
 */
export type Route = HttpRoute | TcpRoute | TlsRoute

export interface HttpRoute extends RouteBase {
  readonly kind: 'http'
  readonly match: HttpMatch
  /** `h2c`: HTTP/2 without TLS to the app, as gRPC needs it. */
  readonly protocol: 'http' | 'h2c'
  /** Requests without TLS are sent to the same address with it. */
  readonly isHttpsRequired: boolean
  readonly redirect?: Redirect
  /** The nodes answer with files themselves. */
  readonly static?: StaticFiles
  /** What is put in the place of the path that matched: `''` takes it off, `/new` replaces it, of a pattern `\1` is its group. */
  readonly rewrite?: string
  readonly requestHeaders: HeaderChanges
  readonly responseHeaders: HeaderChanges
  /** Larger bodies are refused with 413, those of unknown length with 411. */
  readonly maxBodyBytes?: number
  readonly retries: Retries
  readonly rateLimit?: RateLimit
  readonly basicAuth?: BasicAuth
  readonly forwardAuth?: ForwardAuth
  readonly mirror?: Mirror
  /** Who asks has to show a certificate; without TLS nobody is answered. */
  readonly clientCertificates?: ClientCertificates
  readonly cors?: Cors
  readonly isCompressed: boolean
  /** The app is told of the client in `Forwarded` (RFC 7239) too. Absent: not. */
  readonly isForwardedTold?: boolean
  /** How a client comes back to the task it had: by a cookie, or by its address. */
  readonly sticky?: 'cookie' | 'address'
  readonly maintenance?: Maintenance
  /** HTML by status, for answers the ingress itself makes. */
  readonly errorPages: Readonly<Record<string, string>>
  /** Of 10,000 requests, how many leave a line in the log besides those that fail; 0: not even those. Absent: those that fail. */
  readonly loggedShare?: number
}

/** A port of every node, as it is. */
export interface TcpRoute extends RouteBase {
  readonly kind: 'tcp'
  readonly listen: number
}

/** TLS that is passed on as it is, by the name the client asks for. */
export interface TlsRoute extends RouteBase {
  readonly kind: 'tls'
  readonly listen: number
  /** As of HttpMatch. */
  readonly host: string
}

interface RouteBase {
  /** The service that has it in the compose file. */
  readonly service: string
  /** Who answers; none when the nodes do it alone (a redirect, static files). */
  readonly targets: readonly RouteTarget[]
  readonly balance: 'round-robin' | 'least-connections'
  readonly timeouts: Timeouts
  /** Each connection to a task begins with who the client is, in this version of the PROXY protocol. Absent: none does. */
  readonly proxyProtocol?: 'v1' | 'v2'
  /** CIDR; empty: everybody. */
  readonly allow: readonly string[]
  /** CIDR; wins over `allow`. */
  readonly deny: readonly string[]
}

export interface RouteTarget {
  /** Compose key of a service of the same app. */
  readonly service: string
  readonly port: number
  /** Its part of the requests, of the sum of all: 0 to 1000. */
  readonly weight: number
}

export interface HttpMatch {
  /** Lower case, `shop.example.org`, or `*.example.org`, which is one label more. */
  readonly host: string
  readonly path: PathMatch
  /** Upper case, sorted; empty: every method. */
  readonly methods: readonly string[]
  /** Names in lower case; every one has to be there, with this value unless it is `*`. */
  readonly headers: Readonly<Record<string, string>>
  /** As headers, of the query. */
  readonly query: Readonly<Record<string, string>>
}

/** `prefix` counts by segment: `/api` is `/api` and `/api/x`, and not `/apis`. `regex` is matched against the whole path. */
export type PathMatch =
  | { readonly kind: 'prefix'; readonly path: string }
  | { readonly kind: 'exact'; readonly path: string }
  | { readonly kind: 'regex'; readonly pattern: string }

/** A folder of an image that is served as it is. Paths of requests are compared with it after `rewrite`. */
export interface StaticFiles {
  /** With its digest once resolved. Absent: the image of the service, until then. */
  readonly image?: string
  /** Absolute, of a folder in the image, without a slash at its end. */
  readonly path: string
  /** Name of the file that answers for a folder. */
  readonly index: string
  /** Path below the folder that is answered with 200 where there is no such page. */
  readonly fallback?: string
  /** Path below the folder that is answered with 404. */
  readonly notFound?: string
  /** For how many seconds files below a path are taken without being asked for again; the longest path counts. */
  readonly cacheSeconds: Readonly<Record<string, number>>
}

/** What is absent stays as it was asked; the query always does. */
export interface Redirect {
  readonly scheme?: 'http' | 'https'
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly status: 301 | 302 | 303 | 307 | 308
}

/** In this order: removed, set, added. Names in lower case. */
export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>
  readonly add: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

export interface Timeouts {
  readonly connectMs: number
  /** Longest silence of the app before and within an answer. */
  readonly responseMs: number
  /** Longest silence of a WebSocket, of server-sent events, or of a TCP connection. */
  readonly idleMs: number
}

export interface Retries {
  /** 0: none. A connection that could not be made is always tried again, on another task. */
  readonly attempts: number
  /** What else is tried again, and only of GET, HEAD and OPTIONS; statuses as text. */
  readonly on: readonly string[]
}

/** Requests of one client address to one node, over a sliding time. */
export interface RateLimit {
  readonly requests: number
  readonly perMs: number
}

export interface BasicAuth {
  readonly realm: string
  /** Hashes as crypt(3) makes them, by name. */
  readonly users: Readonly<Record<string, string>>
}

/** Another service of the app says of each request whether it may: by a GET with a status of 200 to 299. */
export interface ForwardAuth {
  /** Compose key. */
  readonly service: string
  readonly port: number
  /** With a query, if it has one. */
  readonly path: string
  /** What it is shown of the request, besides `x-forwarded-*`. Lower case, sorted. */
  readonly requestHeaders: readonly string[]
  /** What of its answer the app gets; nobody else may say these. Lower case, sorted. */
  readonly responseHeaders: readonly string[]
  /** Longest silence of it. */
  readonly timeoutMs: number
}

/** Another service of the app gets copies of requests; nobody waits for it, and nobody reads what it answers. */
export interface Mirror {
  /** Compose key, of none that answers the route. */
  readonly service: string
  readonly port: number
  /** Of 10,000 requests, how many are copied: 1 to 10,000. */
  readonly share: number
}

export interface ClientCertificates {
  /** PEM of those who sign them, each once, in the order of their text. */
  readonly authority: string
  /** Who shows none, or a wrong one, is answered too, and the app is told. */
  readonly isOptional: boolean
}

export interface Cors {
  /** `https://shop.example.org`, or one `*`. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly exposed: readonly string[]
  readonly hasCredentials: boolean
  readonly maxAgeMs: number
}

/** Everybody but `except` gets `page` with status 503. */
export interface Maintenance {
  readonly page: string
  readonly retryAfterMs?: number
  readonly except: readonly string[]
}
