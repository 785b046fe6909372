import type { Note, WrittenRoute } from '../turned.ts'
import { changeHeader, type Headers } from './headers.ts'
import { proxyOf } from './proxy.ts'
import { cannot, type Directive, type Inside } from './tree.ts'

/** What a block of directives says: routes without their host. */
export interface Block {
  readonly routes: readonly WrittenRoute[]
  readonly notes: readonly Note[]
}

/** Keys of every route of a block, whichever path it is for. */
type Shared = Record<string, unknown>

/** There everything of a request is shown, here what is named. */
const instead: Readonly<Record<string, string>> = {
  forward_auth: 'write the route with forward_auth, and which headers are shown',
}

/** Throws CannotTurn. */
export const turnBlock = (owner: Directive, inside: Inside): Block => {
  const notes: Note[] = []
  const shared: Shared = {}
  const routes: WrittenRoute[] = []
  for (const directive of owner.children) {
    const turnShared = sharing.get(directive.name)
    const turnRoutes = routing.get(directive.name)
    const left = leaving.get(directive.name)
    if (asksClients(directive)) throw cannot(directive, 'asks for certificates of clients', CLIENTS_HINT)
    if (turnShared !== undefined) turnShared(shared, directive)
    else if (turnRoutes !== undefined) routes.push(...collect(turnRoutes(directive, inside), notes))
    else if (left === undefined)
      throw cannot(directive, `${directive.name} is not turned`, instead[directive.name] ?? 'write the route by hand')
    else notes.push({ label: directive.label, isLost: false, message: left })
  }
  if (routes.length === 0) throw cannot(owner, 'nothing answers', 'add caddy.reverse_proxy: "{{upstreams 80}}"')
  return { routes: routes.map((route) => withShared(route, shared)), notes }
}

const collect = ({ routes, notes }: Block, all: Note[]): readonly WrittenRoute[] => {
  all.push(...notes)
  return routes
}

/** A redirect is answered by the ingress, and knows few of them. */
const withShared = (route: WrittenRoute, shared: Shared): WrittenRoute => {
  const { compression: _compression, max_body: _maxBody, request_headers: _headers, ...answered } = shared
  const own = 'redirect' in route ? answered : shared
  return { ...route, ...own, ...mergeHeaders(route, own) }
}

const mergeHeaders = (route: WrittenRoute, shared: Shared): WrittenRoute => {
  const [inner, outer] = [route['response_headers'], shared['response_headers']] as (Headers | undefined)[]
  if (inner === undefined || outer === undefined) return {}
  const remove = [...(outer.remove ?? []), ...(inner.remove ?? [])]
  return {
    response_headers: {
      ...(outer.set === undefined && inner.set === undefined ? {} : { set: { ...outer.set, ...inner.set } }),
      ...(outer.add === undefined && inner.add === undefined ? {} : { add: { ...outer.add, ...inner.add } }),
      ...(remove.length === 0 ? {} : { remove }),
    },
  }
}

/** `/api/*` -> `/api`; without one it is the whole of where it stands. */
const pathKeys = (pattern: string | undefined, directive: Directive, { path }: Inside): WrittenRoute => {
  if (pattern === undefined || pattern === '*' || pattern === '/*') return path === '' ? {} : { path }
  const [, prefix, star] = /^(\/[^*]*?)(\/?\*)?$/.exec(pattern) ?? []
  if (prefix === undefined || path !== '') {
    throw cannot(directive, `${pattern} is no path or prefix of the site`, 'write the route with path or path_regex')
  }
  if (star === '*') throw cannot(directive, `${pattern} ends within a segment`, `write ${prefix}/*`)
  return star === undefined ? { path_exact: prefix } : { path: prefix }
}

const isMatcher = (arg: string | undefined): boolean => arg !== undefined && /^[/*@]/.test(arg)

const proxy = (directive: Directive, inside: Inside): Block => {
  const [first, ...rest] = directive.args
  const keys = pathKeys(isMatcher(first) ? first : undefined, directive, inside)
  const { route, notes } = proxyOf(directive, isMatcher(first) ? rest : directive.args, inside)
  return { routes: [{ ...keys, ...route }], notes }
}

const block = (directive: Directive, inside: Inside): Block => {
  const keys = pathKeys(directive.args[0], directive, inside)
  if ('path_exact' in keys) throw cannot(directive, 'is a block for one path', 'write the route with path_exact')
  return turnBlock(directive, { ...inside, path: typeof keys['path'] === 'string' ? keys['path'] : '' })
}

const stripped = (directive: Directive, inside: Inside): Block => {
  const { routes, notes } = block(directive, inside)
  if (routes.some((route) => 'redirect' in route || typeof route['path'] !== 'string')) {
    throw cannot(directive, 'takes off a path that no route of it has', 'write the route with path and strip: true')
  }
  return { routes: routes.map((route) => ({ ...route, strip: true })), notes }
}

const statuses: Readonly<Record<string, number>> = { permanent: 301, temporary: 302 }

const redirect = (directive: Directive, inside: Inside): Block => {
  const [first, ...others] = directive.args
  const hasMatcher =
    others.length > 0 && isMatcher(first) && !/^\d+$|^permanent$|^temporary$|^html$/.test(others[0] ?? '')
  const [to = '', code = 'temporary'] = hasMatcher ? others : directive.args
  const keys = pathKeys(hasMatcher ? first : undefined, directive, inside)
  const [, scheme, host, path] = /^(?:(https?):\/\/([^/{}\s]+))?(\{uri\}|\/[^{}\s]*)?$/.exec(to) ?? []
  const status = statuses[code] ?? Number(code)
  if (path !== '{uri}' && (path === undefined || host !== undefined) && host === undefined) {
    throw cannot(directive, `leads to ${to}, which is no host and no path`, 'write the route with redirect')
  }
  const value = {
    ...(host === undefined ? {} : { scheme, host }),
    ...(path === '{uri}' ? {} : { path: path ?? '/' }),
    status,
  }
  return { routes: [{ ...keys, redirect: value }], notes: [] }
}

const basicAuth = (shared: Shared, directive: Directive): void => {
  if (directive.args.length > 0) {
    throw cannot(directive, 'is for some paths, or hashed in a way of its own', 'write a route with basic_auth')
  }
  const users = directive.children.map(({ name, args }) => [name, args[0] ?? ''] as const)
  shared['basic_auth'] = { users: Object.fromEntries(users) }
}

const encode = (shared: Shared, directive: Directive): void => {
  if (directive.args.some(isMatcher) || directive.children.length > 0) {
    throw cannot(directive, 'is for some answers only', 'write compression: true at the routes it is for')
  }
  shared['compression'] = true
}

const requestBody = (shared: Shared, directive: Directive): void => {
  const [only, ...others] = directive.children
  if (only?.name !== 'max_size' || others.length > 0)
    throw cannot(directive, 'limits more than the size', 'write max_body')
  shared['max_body'] = (only.args[0] ?? '').toLowerCase()
}

/** `header X-A value`, `header -Server`, and the same in a block. */
const header = (shared: Shared, directive: Directive): void => {
  const lines = [
    ...(directive.args.length > 0 ? [withoutStar(directive.args)] : []),
    ...directive.children.map(({ name, args }) => [name, ...args]),
  ]
  const before = (shared['response_headers'] ?? {}) as Headers
  const changed = lines.reduce<Headers>((headers, line) => changeHeader(headers, line, directive), before)
  shared['response_headers'] = changed
}

const withoutStar = (args: readonly string[]): readonly string[] =>
  args[0] === '*' || args[0] === '/*' ? args.slice(1) : args

/** Left out, it would open to everybody what was for a few. */
const asksClients = ({ name, children }: Directive): boolean =>
  name === 'tls' && children.some((child) => child.name === 'client_auth')

const CLIENTS_HINT = 'write the route with client_certificates, and the PEM of the authority in it'

const leaving: ReadonlyMap<string, string> = new Map([
  ['log', 'the ingress has its own log'],
  ['tls', 'each host gets a certificate by itself, see "atoll acme set"'],
])

const sharing: ReadonlyMap<string, (shared: Shared, directive: Directive) => void> = new Map([
  ['basic_auth', basicAuth],
  ['basicauth', basicAuth],
  ['encode', encode],
  ['header', header],
  ['request_body', requestBody],
])

const routing: ReadonlyMap<string, (directive: Directive, inside: Inside) => Block> = new Map([
  ['handle', block],
  ['handle_path', stripped],
  ['redir', redirect],
  ['reverse_proxy', proxy],
  ['route', block],
])
