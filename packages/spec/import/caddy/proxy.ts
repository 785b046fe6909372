import type { Note, WrittenRoute } from '../turned.ts'
import { changeHeader, type Headers } from './headers.ts'
import { cannot, type Directive, type Inside } from './tree.ts'

/** Who answers, of `reverse_proxy` without its matcher. Throws CannotTurn. */
export const proxyOf = (
  directive: Directive,
  upstreams: readonly string[],
  inside: Inside,
): { readonly route: WrittenRoute; readonly notes: readonly Note[] } => {
  const notes: Note[] = []
  let [keys, request, response]: [WrittenRoute, Headers, Headers] = [upstreamOf(directive, upstreams, inside), {}, {}]
  for (const child of directive.children) {
    const [name = '', value = ''] = child.args
    if (child.name === 'header_up' && told.test(name) && value.startsWith('{')) {
      notes.push({ label: child.label, isLost: false, message: 'the app is told of the client anyway' })
    } else if (child.name === 'header_up') request = changeHeader(request, child.args, child)
    else if (child.name === 'header_down') response = changeHeader(response, child.args, child)
    else if (child.name === 'lb_policy') keys = { ...keys, ...policyOf(child) }
    else if (child.name.startsWith('health_')) {
      notes.push({
        label: child.label,
        isLost: false,
        message: 'a task answers when it is healthy',
        hint: 'write healthcheck in the service',
      })
    } else throw cannot(child, `${child.name} has no counterpart`, 'write the route by hand')
  }
  return {
    notes,
    route: {
      ...keys,
      ...(Object.keys(request).length === 0 ? {} : { request_headers: request }),
      ...(Object.keys(response).length === 0 ? {} : { response_headers: response }),
    },
  }
}

const told = /^(?:host|x-real-ip|x-forwarded-(?:for|host|proto))$/i

const UPSTREAMS = /^\{\{\s*upstreams(?:\s+(https?|h2c))?(?:\s+(\d+|\$\{[^}]*\}))?\s*\}\}$/

/** `{{upstreams 80}}`, or `web:80`, where web is the service itself. */
const upstreamOf = (directive: Directive, upstreams: readonly string[], { service, ports }: Inside): WrittenRoute => {
  const [only = '', ...others] = upstreams
  const [isTemplate, scheme, said] = UPSTREAMS.exec(only) ?? []
  const [, own, direct] = /^(?:http:\/\/)?([\w.-]+):(\d+|\$\{[^}]*\})$/.exec(only) ?? []
  if (others.length > 0 || (isTemplate === undefined && own !== service)) {
    throw cannot(
      directive,
      `leads to ${upstreams.join(' ')}, which is another than ${service}`,
      'put the route under the service that answers',
    )
  }
  if (scheme === 'https') throw cannot(directive, 'asks the tasks by https', 'let the app listen without TLS')
  const [first, ...more] = new Set(ports)
  const port = direct ?? said ?? (more.length === 0 ? first : undefined)
  if (port === undefined)
    throw cannot(directive, 'says no port', 'write {{upstreams 80}}: the port the tasks listen on')
  return { port: /^\d+$/.test(port) ? Number(port) : port, ...(scheme === 'h2c' ? { protocol: 'h2c' } : {}) }
}

const policies: Readonly<Record<string, WrittenRoute>> = {
  cookie: { sticky: 'cookie' },
  client_ip_hash: { sticky: 'address' },
  ip_hash: { sticky: 'address' },
  least_conn: { balance: 'least-connections' },
  round_robin: {},
}

const policyOf = (directive: Directive): WrittenRoute => {
  const policy = policies[directive.args[0] ?? '']
  if (policy === undefined)
    throw cannot(directive, `chooses tasks by ${directive.args.join(' ')}`, 'write balance or sticky')
  return policy
}
