import type { HttpRoute, Route } from '@atoll/spec'
import type { IngressSettings } from '../table.ts'
import { renderFailures, renderSample } from './access-log.ts'
import { addressFiles, isFrom, renderCors, renderGuards } from './guards.ts'
import { renderForwarded, renderHeaders, renderPathChange } from './changes.ts'
import { nobodyBeside, renderFilters, type Beside } from './beside.ts'
import { renderQuestion } from './forward-auth.ts'
import { renderCopying } from './mirror.ts'
import { renderAnswerMark } from './probe.ts'
import { quote } from './quote.ts'
import { connectionWords, renderDefaults } from './slots.ts'
import { renderStatic } from './static.ts'

/** A backend but for its servers. */
export interface Section {
  readonly lines: readonly string[]
  readonly files: Readonly<Record<string, string>>
}

interface Around {
  readonly id: string
  readonly name: string
  readonly settings: IngressSettings
  /** For the ingress' own requests: their backend follows the tasks of that one, and counts by itself. */
  readonly probed?: string
}

interface HttpAround extends Around {
  readonly isTrusted: boolean
  readonly isAsked: boolean
  /** Absent: nobody. */
  readonly beside?: Beside
  /** How many connections they may have. */
  readonly clients: number
}

/**
 * What an HTTP route does, rule by rule, in the order they are kept. `id`: of the route, `name`: of its backend, `isTrusted`:
 * its host has a certificate that everybody trusts, `isAsked`: clients are asked for theirs, `beside`: who else is told of its
 * requests.
 */
export const renderHttpBackend = (
  route: HttpRoute,
  { id, name, settings, clients, isTrusted, isAsked, beside = nobodyBeside, probed }: HttpAround,
): Section => ({
  lines: [
    `backend ${name}`,
    ...(probed === undefined ? [] : renderAnswerMark(name)),
    ...renderSample(route),
    ...renderHttps(isSecure(route, isTrusted), settings),
    ...renderAccess(route, id),
    ...renderGuards(route, { id, isAsked }),
    ...renderQuestion(route, beside.question, clients),
    ...renderCors(route),
    ...renderRedirect(route, settings),
    ...renderPathChange(route),
    ...renderForwarded(route),
    ...renderHeaders(route),
    ...renderFailures(route),
    ...renderCopying(beside.mirrored),
    ...renderStatic(route, settings),
    ...renderRetries(route),
    ...renderTimeouts(route),
    ...renderPages(route, id),
    ...renderCompression(route),
    ...renderBalance(route, { id, isSecure: isSecure(route, isTrusted) }),
    ...renderServerDefaults(route, settings, probed),
    ...renderFilters(route, beside),
  ],
  files: { ...addressFiles(route, id), ...pageFiles(route, id) },
})

/** Nothing is answered without TLS: a warning is better than a certificate that nobody can show. */
const isSecure = ({ isHttpsRequired, clientCertificates }: HttpRoute, isTrusted: boolean): boolean =>
  (isHttpsRequired && isTrusted) || clientCertificates !== undefined

/** A port as it is, and TLS as it is. */
export const renderStreamBackend = (route: Exclude<Route, HttpRoute>, { id, name, settings }: Around): Section => ({
  lines: [
    `backend ${name}`,
    '  mode tcp',
    ...(route.allow.length > 0 ? [`  tcp-request content reject if !${isFrom(id, 'allow')}`] : []),
    ...(route.deny.length > 0 ? [`  tcp-request content reject if ${isFrom(id, 'deny')}`] : []),
    `  timeout connect ${route.timeouts.connectMs}`,
    `  timeout server ${route.timeouts.idleMs}`,
    '  retries 3',
    '  option redispatch 1',
    `  balance ${algorithms[route.balance]}`,
    renderDefaults(settings, route),
  ],
  files: addressFiles(route, id),
})

const algorithms = { 'round-robin': 'roundrobin', 'least-connections': 'leastconn' } as const

/** Whether a task can be asked is found out once, by the backend of the visitors. */
const renderServerDefaults = (
  route: HttpRoute,
  settings: IngressSettings,
  probed: string | undefined,
): readonly string[] => {
  if (route.targets.length === 0) return []
  if (probed === undefined) return [renderDefaults(settings, route)]
  const words = connectionWords(route)
  return words.length === 0 ? [] : [`  default-server ${words.join(' ')}`]
}

/** To the same address with TLS, with the method and body it came with. */
const renderHttps = (isRequired: boolean, { https }: IngressSettings): readonly string[] => {
  if (!isRequired || https === undefined) return []
  const port = https.port === 443 ? '' : `:${https.port}`
  const to = `https://%[var(txn.host)]${port}%[pathq]`
  return [`  http-request redirect location ${to} code 308 if !{ var(txn.proto) -m str https }`]
}

const renderAccess = ({ allow, deny }: HttpRoute, id: string): readonly string[] => [
  ...(deny.length > 0 ? [`  http-request deny deny_status 403 if ${isFrom(id, 'deny')}`] : []),
  ...(allow.length > 0 ? [`  http-request deny deny_status 403 if !${isFrom(id, 'allow')}`] : []),
]

const renderRedirect = ({ redirect }: HttpRoute, { https }: IngressSettings): readonly string[] => {
  if (redirect === undefined) return []
  const { scheme, host, port, path, status } = redirect
  // The port of the ingress belongs to its own address only.
  const isOwn = host === undefined && port === undefined && https !== undefined && https.port !== 443
  const at = port === undefined ? (isOwn ? `:${https.port}` : '') : `:${port}`
  const where = `${scheme ?? '%[var(txn.proto)]'}://${host ?? '%[var(txn.host)]'}${at}`
  const rest = path === undefined ? '%[pathq]' : `${path.replaceAll('%', '%%')}%[var(txn.query)]`
  return [
    ...(path === undefined ? [] : ['  http-request set-var-fmt(txn.query) ?%[query] if { query -m found }']),
    `  http-request redirect location ${where}${quote(rest)} code ${status}`,
  ]
}

/**
 * A connection that fails took no request with it and is tried on another task. What was sent is sent again only where
 * asked for, and where it may be answered twice without harm (`renderFrontend`).
 */
const renderRetries = ({ retries, targets }: HttpRoute): readonly string[] => {
  if (targets.length === 0) return []
  return [
    `  retries ${retries.attempts}`,
    '  option redispatch 1',
    `  retry-on ${['conn-failure', ...retries.on].join(' ')}`,
  ]
}

/** Events may be further apart than any answer: who accepts them gets the time of a WebSocket. */
const renderTimeouts = ({ timeouts: { connectMs, responseMs, idleMs }, targets }: HttpRoute): readonly string[] => {
  if (targets.length === 0) return []
  return [
    `  timeout connect ${connectMs}`,
    `  timeout server ${responseMs}`,
    `  timeout tunnel ${idleMs}`,
    ...(idleMs > responseMs
      ? [`  http-request set-timeout server ${idleMs} if { req.fhdr(accept) -m sub text/event-stream }`]
      : []),
  ]
}

const pagePath = (id: string, name: string): string => `pages/${id}-${name}.html`

const pageFiles = ({ errorPages, maintenance }: HttpRoute, id: string): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...Object.entries(errorPages).map(([status, page]) => [pagePath(id, status), page] as const),
    ...(maintenance === undefined ? [] : [[pagePath(id, 'maintenance'), maintenance.page] as const]),
  ])

const renderPages = ({ errorPages }: HttpRoute, id: string): readonly string[] =>
  Object.keys(errorPages).map(
    (status) => `  http-error status ${status} content-type text/html file ${pagePath(id, status)}`,
  )

const compressible = [
  'application/javascript application/json application/manifest+json application/wasm application/xml',
  'image/svg+xml text/css text/csv text/html text/javascript text/plain text/xml',
].join(' ')

const renderCompression = ({ isCompressed }: HttpRoute): readonly string[] =>
  isCompressed ? ['  compression algo gzip', `  compression type ${compressible}`] : []

/** The cookie says nothing but which task: it is made of its address, by a key that is no secret. */
const renderBalance = (
  { balance, sticky, targets }: HttpRoute,
  { id, isSecure }: { readonly id: string; readonly isSecure: boolean },
): readonly string[] => {
  if (targets.length === 0) return []
  if (sticky === 'address') return ['  balance source', '  hash-type consistent']
  const secure = isSecure ? ' secure' : ''
  const cookie = [
    `  cookie atoll-${id} insert indirect nocache httponly${secure} attr SameSite=Lax dynamic`,
    `  dynamic-cookie-key ${id}`,
  ]
  return [`  balance ${algorithms[balance]}`, ...(sticky === 'cookie' ? cookie : [])]
}
