import type { IngressSettings, RouteTable } from '../table.ts'
import { renderLog } from './access-log.ts'
import { isProbe, probeBackend, probeHeader, probeList, renderProbeMark } from './probe.ts'
import { exactMap, listMark, patternMark, prefixMap, type Lookup } from './lookup.ts'

/** Socket by which TLS that was not passed on as it is comes back to be ended here. */
export const insideSocket = ({ runFolder }: IngressSettings): string => `unix@${runFolder}/https.sock`

const trustedList = 'lists/trusted.lst'

export const frontendFiles = ({ trustedProxies }: IngressSettings): Readonly<Record<string, string>> =>
  trustedProxies.length === 0 ? {} : { [trustedList]: `${[...trustedProxies].sort().join('\n')}\n` }

interface Frontend extends Pick<RouteTable, 'acmeThumbprint'> {
  /** `AskedNames.bindWords`. */
  readonly bindWords: string
  readonly lookup: Lookup
  /** A route asks another service about its requests. */
  readonly hasQuestions: boolean
  /** The port of TLS belongs to another frontend, which passes some on. */
  readonly isShared: boolean
}

/** Where every request of HTTP comes in. */
export const renderFrontend = (
  settings: IngressSettings,
  { lookup, isShared, bindWords, hasQuestions, acmeThumbprint }: Frontend,
): readonly string[] => [
  'frontend web',
  ...settings.addresses.map((address) => `  bind ${bindAddress(address, settings.httpPort)}`),
  ...renderTlsBinds(settings, { isShared, bindWords }),
  ...expectProxies(settings),
  ...rememberClient(settings),
  // At a reload a kept connection is closed with its next answer, and not under a request that is on its way.
  '  option idle-close-on-response',
  ...renderLog(hasQuestions),
  ...renderChallenges(acmeThumbprint),
  ...renderProbeMark(settings),
  ...renderClient(settings),
  // Here once, and not in each backend, where it would cost memory a thousand times.
  '  http-request disable-l7-retry if !{ method GET HEAD OPTIONS }',
  ...renderPlace(),
  ...renderLookup(lookup, 'list'),
  ...renderShortcut(settings),
  ...renderPath(),
  '  http-request unset-var(txn.list)',
  ...renderLookup(lookup, 'list'),
  ...renderAmbiguity(lookup),
  ...renderProbeChoice(settings),
  // Where nothing was found there is no backend of that name.
  `  use_backend %[var(txn.list)]${lookup.choices.length === 0 ? '' : ` if !{ var(txn.list) -m beg ${listMark} }`}`,
  ...lookup.choices,
  '  default_backend no-route',
]

/** Of an address of IPv6 only that: the one of IPv4 is listed too where it is wanted. */
export const bindAddress = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port} v6only` : `${address}:${port}`

/** Proxies in front say whose connection it is before anything else; nobody else is asked to. */
export const expectProxies = ({
  trustedProxies,
  isProxyProtocolExpected = false,
}: IngressSettings): readonly string[] =>
  isProxyProtocolExpected && trustedProxies.length > 0
    ? [`  tcp-request connection expect-proxy layer4 if { src -f ${trustedList} }`]
    : []

/** Names without a certificate are refused at once; without any the ingress still starts. */
const renderTlsBinds = (
  settings: IngressSettings,
  { isShared, bindWords }: Pick<Frontend, 'isShared' | 'bindWords'>,
): readonly string[] => {
  const { https, addresses } = settings
  if (https === undefined) return []
  const tls = `ssl ${bindWords} strict-sni alpn h2,http/1.1`
  if (isShared) return [`  bind ${insideSocket(settings)} accept-proxy ${tls}`]
  return addresses.map((address) => `  bind ${bindAddress(address, https.port)} ${tls}`)
}

/**
 * HTTP-01 (RFC 8555, 8.3): the answer follows from what is asked and from the account alone, so nodes need not know of orders.
 * Before all routes, whatever they say of paths and HTTPS; and of tokens alone, so that nothing else is sent back.
 */
const renderChallenges = (acmeThumbprint: string | undefined): readonly string[] => {
  if (acmeThumbprint === undefined) return []
  const isChallenge = '{ path_beg /.well-known/acme-challenge/ } { path_reg ^/[^/]+/[^/]+/[A-Za-z0-9_-]+$ }'
  const answer = `"%[path,field(4,/)].${acmeThumbprint}"`
  return [`  http-request return status 200 content-type text/plain lf-string ${answer} if ${isChallenge}`]
}

/** Once for a connection: an address is no text, and each request would make one of it twice. Behind a proxy each has its own. */
const rememberClient = ({ trustedProxies }: IngressSettings): readonly string[] =>
  trustedProxies.length > 0 ? [] : ['  tcp-request session set-var(sess.client) src,lower']

/** Who asks, and how: nobody but a trusted proxy may say so for others. */
const renderClient = (settings: IngressSettings): readonly string[] => {
  if (settings.trustedProxies.length > 0) return renderClientBehind(settings)
  return [forget([...own(settings), ...forwarded]), ...tellClient('var(sess.client)'), tellReal('var(sess.client)')]
}

const renderClientBehind = (settings: IngressSettings): readonly string[] => {
  const trusted = [
    '  http-request set-var(txn.proxy) src',
    '  http-request set-var(txn.proto) req.hdr(x-forwarded-proto),lower',
    '  http-request set-var(txn.proto) ssl_fc,iif(https,http) if !{ var(txn.proto) -m str http https }',
    '  http-request set-header x-forwarded-proto %[var(txn.proto)]',
    '  http-request set-header x-forwarded-host %[req.hdr(host)] if !{ req.hdr(x-forwarded-host) -m found }',
    '  http-request set-src req.hdr_ip(x-forwarded-for,-1)',
    '  http-request add-header x-forwarded-for %[var(txn.proxy)]',
  ]
  return [
    `  http-request set-var(txn.trusted) bool(true) if { src -f ${trustedList} }`,
    forget(own(settings)),
    ...[forget(forwarded), ...tellClient('src')].map((line) => `${line} if !{ var(txn.trusted) -m bool }`),
    ...trusted.map((line) =>
      line.includes(' if ') ? `${line} { var(txn.trusted) -m bool }` : `${line} if { var(txn.trusted) -m bool }`,
    ),
    tellReal('src'),
  ]
}

const tellClient = (client: string): readonly string[] => [
  '  http-request set-var(txn.proto) ssl_fc,iif(https,http)',
  `  http-request add-header x-forwarded-for %[${client}]`,
  '  http-request add-header x-forwarded-proto %[var(txn.proto)]',
  '  http-request add-header x-forwarded-host %[req.hdr(host)]',
]

const tellReal = (client: string): string => `  http-request add-header x-real-ip %[${client}]`

/** Headers that go no further, found by one walk: with one for each name every request would pay for each. */
const forget = (patterns: readonly string[]): string => `  http-request del-header '^(?:${patterns.join('|')})$' -m reg`

const forwarded = ['x-forwarded-.*', 'forwarded']

/**
 * Of these not even a trusted proxy may say one: what `renderClientCertificates` tells, and `Client-Cert-Chain` of RFC 9440, also
 * as programs read them that take `_` for `-`.
 */
const own = ({ probeToken }: IngressSettings): readonly string[] => [
  'client[-_]cert(?:[-_]chain)?',
  'x[-_]client[-_]certificate[-_].*',
  'x-real-ip',
  ...(probeToken === undefined ? [] : [probeHeader]),
]

/** What is looked up, as it came. */
const renderPlace = (): readonly string[] => [
  '  http-request set-var(txn.path) path',
  '  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)',
  // RFC 9112, 3.2. With a slash it would be looked up as part of the path, and be a way around what another route asks for.
  '  http-request deny deny_status 400 if !{ var(txn.host) -m found }',
  '  http-request deny deny_status 400 if { var(txn.host) -m sub / }',
]

/**
 * A path without any of these has one spelling: its route is found, and of the rules that follow it would pay for each condition
 * and meet none.
 */
const renderShortcut = ({ probeToken }: IngressSettings): readonly string[] => [
  `  http-request allow if !{ path_sub % /. // }${probeToken === undefined ? '' : ` !${isProbe}`}`,
]

const hasEncoded = '{ path_sub % }'

/**
 * The path as RFC 3986 (6.2.2) has it, which the app gets too, and without doubled slashes, by which it is looked up: two
 * spellings of one path must not have different rules. The query stays as it came: `strict`, without which HAProxy 2.6 takes
 * a condition for another rule, would refuse `?off=100%`.
 */
const renderPath = (): readonly string[] => [
  `  http-request set-var(txn.kept) query if ${hasEncoded}`,
  `  http-request set-pathq %[path] if ${hasEncoded}`,
  `  http-request normalize-uri percent-decode-unreserved strict if ${hasEncoded}`,
  `  http-request normalize-uri percent-to-uppercase strict if ${hasEncoded}`,
  '  http-request set-pathq %[path]?%[var(txn.kept)] if { var(txn.kept) -m found }',
  '  http-request normalize-uri path-strip-dot if { path_sub /. }',
  '  http-request normalize-uri path-strip-dotdot full if { path_sub /. }',
  '  http-request set-var(txn.path) path',
  '  http-request set-var(txn.path) path,regsub(/+,/,g) if { path_sub // }',
]

/** Finds the list or backend of `txn.path`: a path as it is, else the longest prefix, else that of the wildcard. */
const renderLookup = ({ hasExact, hasWildcards }: Lookup, name: string, path = 'txn.path'): readonly string[] => {
  const wildcard = 'var(txn.host),regsub(^[^.]*,*)'
  const expressions = ['var(txn.host)', ...(hasWildcards ? [wildcard] : [])].flatMap((host) => [
    ...(hasExact ? [`${host},concat(,${path}),map_str(${exactMap})`] : []),
    `${host},concat(,${path},/),map_beg(${prefixMap})`,
  ])
  return expressions.map((expression, index) => {
    const unless = index === 0 ? '' : ` if !{ var(txn.${name}) -m found }`
    return `  http-request set-var(txn.${name}) ${expression}${unless}`
  })
}

/**
 * A slash that is written as %2F is part of a segment; an app may take it for a slash all the same. Where that would be
 * another route, with other rules, the request is refused; and where patterns choose, for they see one of the two only.
 */
const renderAmbiguity = (lookup: Lookup): readonly string[] => {
  const isEncoded = '{ var(txn.path) -m sub %2F %5C }'
  const decoded = renderLookup(lookup, 'other', 'txn.decoded').map((line) =>
    line.includes(' if ') ? `${line} ${isEncoded}` : `${line} if ${isEncoded}`,
  )
  return [
    '  http-request deny deny_status 400 if { var(txn.path) -m sub %00 }',
    `  http-request set-var(txn.decoded) 'var(txn.path),url_dec,regsub("[\\\\\\\\/]+",/,g)' if ${isEncoded}`,
    `  http-request deny deny_status 400 if ${isEncoded} { var(txn.decoded) -m reg '/\\.\\.?(?:/|$)' }`,
    ...decoded,
    `  http-request deny deny_status 400 if ${isEncoded} !{ var(txn.other),strcmp(txn.list) eq 0 }`,
    `  http-request deny deny_status 400 if ${isEncoded} { var(txn.list) -m beg ${patternMark} }`,
  ]
}

/** After the look-up, which is that of everybody. */
const renderProbeChoice = ({ probeToken }: IngressSettings): readonly string[] =>
  probeToken === undefined
    ? []
    : [
        `  http-request set-var(txn.list) str(${probeList('')}),concat(,txn.list) if ${isProbe} { var(txn.list) -m beg ${listMark} }`,
        `  http-request set-var(txn.list) str(${probeBackend('')}),concat(,txn.list) if ${isProbe} !{ var(txn.list) -m beg ${listMark} }`,
      ]
