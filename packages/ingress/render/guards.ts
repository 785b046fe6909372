import type { HttpRoute, Route } from '@atoll/spec'
import { quote } from './quote.ts'

/** What comes between a request and its app: limits, passwords, maintenance, other origins. */
export const renderGuards = (
  route: HttpRoute,
  { id, isAsked }: { readonly id: string; readonly isAsked: boolean },
): readonly string[] => [
  ...renderRateLimit(route),
  ...renderMaintenance(route, id),
  ...renderPreflight(route, id),
  ...renderClientCertificates(route, isAsked),
  ...renderBasicAuth(route, id),
  ...renderBodyLimit(route),
]

const listPath = (id: string, name: string): string => `lists/${id}-${name}.lst`

export const isFrom = (id: string, name: 'allow' | 'deny' | 'except'): string => `{ src -f ${listPath(id, name)} }`

/** Lists of addresses and origins that the rules of a route read. */
export const addressFiles = (route: Route, id: string): Readonly<Record<string, string>> => {
  const lists: Record<string, readonly string[]> = { allow: route.allow, deny: route.deny }
  if (route.kind === 'http') {
    lists['except'] = route.maintenance?.except ?? []
    lists['origins'] = (route.cors?.origins ?? []).filter((origin) => origin !== '*')
  }
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, lines]) =>
      lines.length === 0 ? [] : [[listPath(id, name), `${lines.join('\n')}\n`] as const],
    ),
  )
}

/** Clients that are counted at once; who was counted longest ago makes room. */
const COUNTED = '100k'

const renderRateLimit = ({ rateLimit }: HttpRoute): readonly string[] => {
  if (rateLimit === undefined) return []
  const { requests, perMs } = rateLimit
  return [
    `  stick-table type ipv6 size ${COUNTED} expire ${perMs * 2}ms store http_req_rate(${perMs}ms)`,
    '  http-request track-sc0 src',
    `  http-request set-var(txn.limited) bool(true) if { sc0_http_req_rate gt ${requests} }`,
    '  http-request deny deny_status 429 if { var(txn.limited) -m bool }',
    `  http-after-response set-header retry-after ${Math.ceil(perMs / 1000)} if { var(txn.limited) -m bool }`,
  ]
}

const renderMaintenance = ({ maintenance }: HttpRoute, id: string): readonly string[] => {
  if (maintenance === undefined) return []
  const { retryAfterMs, except } = maintenance
  const hint = retryAfterMs === undefined ? '' : ` hdr retry-after ${Math.ceil(retryAfterMs / 1000)}`
  const unless = except.length === 0 ? '' : ` if !${isFrom(id, 'except')}`
  const page = `content-type text/html file pages/${id}-maintenance.html`
  return [`  http-request return status 503 ${page}${hint} hdr cache-control no-store${unless}`]
}

const isVerified = '{ var(txn.verified) -m bool }'

/** The certificate as RFC 9440 has it, and what of it people look at. */
const told: Readonly<Record<string, string>> = {
  'client-cert': ':%[ssl_c_der,base64]:',
  'x-client-certificate-subject': '%[ssl_c_s_dn(,0,rfc2253)]',
  'x-client-certificate-fingerprint': '%[ssl_c_der,sha2(256),hex,lower]',
}

/**
 * What was shown counts only in the handshake of this very name (`ssl_fc_has_crt`): a session that goes on from another name has
 * the certificate that was good there. A browser sends requests for one name over a connection made for another, and comes
 * again when it is told 421. `isAsked`: see AskedNames; when not, nobody can be who is asked for.
 */
const renderClientCertificates = ({ clientCertificates }: HttpRoute, isAsked: boolean): readonly string[] => {
  if (clientCertificates === undefined) return []
  const tell = Object.entries(told).map(
    ([name, value]) => `  http-request set-header ${name} ${value} if ${isVerified}`,
  )
  return [
    '  http-request deny deny_status 421 if { ssl_fc } !{ ssl_fc_sni,lower,strcmp(txn.host) eq 0 }',
    ...(isAsked ? ['  http-request set-var(txn.verified) bool(true) if { ssl_fc_has_crt } { ssl_c_verify 0 }'] : []),
    ...(clientCertificates.isOptional ? [] : [`  http-request deny deny_status 403 if !${isVerified}`]),
    '  http-request set-header x-client-certificate-verified false',
    `  http-request set-header x-client-certificate-verified true if ${isVerified}`,
    ...tell,
  ]
}

const renderBasicAuth = ({ basicAuth }: HttpRoute, id: string): readonly string[] => {
  if (basicAuth === undefined) return []
  const realm = quote(basicAuth.realm.replaceAll('"', "'"))
  return [
    `  http-request auth realm ${realm} if !{ http_auth(${userList(id)}) }`,
    // The password is for the ingress; the app shall not have it.
    '  http-request del-header authorization',
  ]
}

const userList = (id: string): string => `users-${id}`

export const renderUserList = ({ basicAuth }: HttpRoute, id: string): readonly string[] =>
  basicAuth === undefined
    ? []
    : [
        `userlist ${userList(id)}`,
        ...Object.entries(basicAuth.users).map(([name, hash]) => `  user ${name} password ${quote(hash)}`),
      ]

/**
 * A body of unknown length passes through, and cannot be counted before it is gone: it is refused once its first byte is
 * there, for HTTP/2 does not say before whether there is one.
 */
const renderBodyLimit = ({ maxBodyBytes }: HttpRoute): readonly string[] => {
  if (maxBodyBytes === undefined) return []
  const isUnknown = '!{ req.hdr(content-length) -m found }'
  return [
    `  http-request wait-for-body time 10s at-least 1 if ${isUnknown}`,
    `  http-request return status 411 if ${isUnknown} { req.body_len gt 0 }`,
    `  http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${maxBodyBytes} }`,
  ]
}

const renderPreflight = ({ cors }: HttpRoute, id: string): readonly string[] => {
  if (cors === undefined) return []
  const isKnown = cors.origins.includes('*')
    ? '{ req.hdr(origin) -m found }'
    : `{ req.hdr(origin),lower -m str -f ${listPath(id, 'origins')} }`
  return [
    `  http-request set-var(txn.origin) req.hdr(origin) if ${isKnown}`,
    '  http-request set-var(txn.preflight) bool(true) if { method OPTIONS } { var(txn.origin) -m found } { req.hdr(access-control-request-method) -m found }',
    '  http-request return status 204 if { var(txn.preflight) -m bool }',
  ]
}

/** What a browser is told, also of errors, so that scripts see them. */
export const renderCors = ({ cors }: HttpRoute): readonly string[] => {
  if (cors === undefined) return []
  const set = (name: string, value: string, when: string): string =>
    `  http-after-response set-header access-control-${name} ${value} if { var(txn.${when}) -m ${when === 'origin' ? 'found' : 'bool'} }`
  const seconds = String(Math.trunc(cors.maxAgeMs / 1000))
  return [
    set('allow-origin', '%[var(txn.origin)]', 'origin'),
    '  http-after-response add-header vary Origin',
    ...(cors.hasCredentials ? [set('allow-credentials', 'true', 'origin')] : []),
    ...(cors.exposed.length > 0 ? [set('expose-headers', quote(cors.exposed.join(', ')), 'origin')] : []),
    set('allow-methods', quote(cors.methods.join(', ')), 'preflight'),
    ...(cors.headers.length > 0 ? [set('allow-headers', quote(cors.headers.join(', ')), 'preflight')] : []),
    set('max-age', seconds, 'preflight'),
  ]
}
