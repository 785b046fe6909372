import type { HttpRoute, Retries } from '../../route.ts'
import { defined } from '../defined.ts'
import { at, flagOf, numberOf, textOf, textsOf, type Source } from '../source.ts'
import { loggedShareOf } from './access-log.ts'
import { errorPagesOf, headerChangesOf, maintenanceOf, redirectOf, rewriteOf } from './changes.ts'
import { clientCertificatesOf, type CertificateReader } from './client-certificates.ts'
import { forwardAuthOf } from './forward-auth.ts'
import { basicAuthOf, corsOf, maxBodyBytesOf, rateLimitOf } from './guards.ts'
import { matchOf } from './match.ts'
import { mirrorOf } from './mirror.ts'
import { staticFilesOf } from './static-files.ts'
import { targetsOf, timeoutsOf, type RoutedServices } from './targets.ts'
import { addressesOf } from './texts.ts'

/** Undefined when it cannot be said what it is for, which is reported. */
export const httpRouteOf = (
  source: Source,
  service: string,
  services: RoutedServices & CertificateReader,
): HttpRoute | undefined => {
  const match = matchOf(source)
  if (match === undefined) return undefined
  const redirect = redirectOf(at(source, 'redirect'), match)
  const files = staticFilesOf(at(source, 'static'))
  const hasTargets = redirect === undefined && at(source, 'static').value === undefined
  const targets = hasTargets ? targetsOf(source, service, services) : []
  return {
    kind: 'http',
    service,
    match,
    targets,
    protocol: textOf(at(source, 'protocol')) === 'h2c' ? 'h2c' : 'http',
    isHttpsRequired: textOf(at(source, 'https')) !== 'optional',
    balance: balanceOf(source),
    timeouts: timeoutsOf(at(source, 'timeouts')),
    allow: addressesOf(at(source, 'allow')),
    deny: addressesOf(at(source, 'deny')),
    requestHeaders: headerChangesOf(at(source, 'request_headers')),
    responseHeaders: headerChangesOf(at(source, 'response_headers')),
    retries: retriesOf(at(source, 'retries')),
    isCompressed: flagOf(at(source, 'compression')) ?? false,
    errorPages: errorPagesOf(at(source, 'error_pages')),
    ...defined({
      redirect,
      static: files,
      rewrite: rewriteOf(source, match),
      maxBodyBytes: maxBodyBytesOf(at(source, 'max_body')),
      rateLimit: rateLimitOf(at(source, 'rate_limit')),
      basicAuth: basicAuthOf(at(source, 'basic_auth')),
      forwardAuth: forwardAuthOf(at(source, 'forward_auth'), services),
      clientCertificates: clientCertificatesOf(source, services),
      mirror: hasTargets ? mirrorOf(at(source, 'mirror'), { services, targets }) : undefined,
      cors: corsOf(at(source, 'cors')),
      isForwardedTold: flagOf(at(source, 'forwarded')),
      sticky: stickyOf(at(source, 'sticky')),
      proxyProtocol: proxyProtocolOf(at(source, 'proxy_protocol')),
      maintenance: maintenanceOf(at(source, 'maintenance')),
      loggedShare: loggedShareOf(at(source, 'access_log')),
    }),
  }
}

const stickyOf = (source: Source): HttpRoute['sticky'] => {
  const kind = textOf(source)
  return kind === 'cookie' || kind === 'address' ? kind : undefined
}

export const proxyProtocolOf = (source: Source): HttpRoute['proxyProtocol'] => {
  const version = textOf(source)
  return version === 'v1' || version === 'v2' ? version : undefined
}

export const balanceOf = (source: Source): HttpRoute['balance'] =>
  textOf(at(source, 'balance')) === 'least-connections' ? 'least-connections' : 'round-robin'

const retriesOf = (source: Source): Retries => ({
  attempts: numberOf(at(source, 'attempts')) ?? 3,
  on: at(source, 'on').value === undefined ? ['empty-response'] : [...new Set(textsOf(at(source, 'on')))].sort(),
})
