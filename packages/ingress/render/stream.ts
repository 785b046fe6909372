import type { TcpRoute, TlsRoute } from '@atoll/spec'
import type { IngressSettings } from '../table.ts'
import { bindAddress, expectProxies, insideSocket } from './frontend.ts'

/** Frontends of ports as they are, and of TLS that is passed on by the name the client asks for. */
export const renderStreams = (
  routes: readonly (TcpRoute | TlsRoute)[],
  settings: IngressSettings,
  nameOf: (route: TcpRoute | TlsRoute) => string,
): { readonly lines: readonly string[]; readonly files: Readonly<Record<string, string>> } => {
  const byPort = [...Map.groupBy(routes, ({ listen }) => listen)].sort(([a], [b]) => a - b)
  const parts = byPort.map(([port, own]) => {
    const tls = own.filter((route) => route.kind === 'tls')
    const [tcp] = own.filter((route) => route.kind === 'tcp')
    return tcp === undefined ? renderTls(port, tls, { settings, nameOf }) : renderTcp(tcp, settings, nameOf)
  })
  return {
    lines: [...parts.flatMap(({ lines }) => lines), ...(isShared(routes, settings) ? renderInside(settings) : [])],
    files: Object.assign({}, ...parts.map(({ files }) => files)) as Readonly<Record<string, string>>,
  }
}

/** True: on the port of HTTPS some names are passed on as they are. */
export const isShared = (routes: readonly (TcpRoute | TlsRoute)[], { https }: IngressSettings): boolean =>
  routes.some(({ kind, listen }) => kind === 'tls' && listen === https?.port)

const binds = ({ addresses }: IngressSettings, port: number): readonly string[] =>
  addresses.map((address) => `  bind ${bindAddress(address, port)}`)

const renderTcp = (route: TcpRoute, settings: IngressSettings, nameOf: (route: TcpRoute) => string) => ({
  files: {},
  lines: [
    `frontend tcp-${route.listen}`,
    '  mode tcp',
    ...binds(settings, route.listen),
    ...expectProxies(settings),
    `  timeout client ${route.timeouts.idleMs}`,
    `  default_backend ${nameOf(route)}`,
  ],
})

const renderTls = (
  port: number,
  routes: readonly TlsRoute[],
  { settings, nameOf }: { readonly settings: IngressSettings; readonly nameOf: (route: TlsRoute) => string },
) => {
  const map = `maps/tls-${port}.map`
  const lookup = (host: string, when: string): string =>
    `  tcp-request content set-var(txn.route) ${host},map_str(${map}) if ${when}`
  const isHello = '{ req.ssl_hello_type 1 }'
  return {
    files: { [map]: routes.map((route) => `${route.host} ${nameOf(route)}\n`).join('') },
    lines: [
      `frontend tls-${port}`,
      '  mode tcp',
      ...binds(settings, port),
      ...expectProxies(settings),
      `  timeout client ${Math.max(...routes.map(({ timeouts }) => timeouts.idleMs))}`,
      '  tcp-request inspect-delay 5s',
      lookup('req.ssl_sni,lower', isHello),
      lookup('req.ssl_sni,lower,regsub(^[^.]*,*)', `${isHello} !{ var(txn.route) -m found }`),
      `  tcp-request content accept if ${isHello}`,
      '  use_backend %[var(txn.route)] if { var(txn.route) -m found }',
      ...(port === settings.https?.port ? ['  default_backend https-inside'] : []),
    ],
  }
}

/** Names that are not passed on come back in, with the client's address. */
const renderInside = (settings: IngressSettings): readonly string[] => [
  'backend https-inside',
  '  mode tcp',
  '  timeout server 24d',
  `  server inside ${insideSocket(settings)} send-proxy-v2`,
]
