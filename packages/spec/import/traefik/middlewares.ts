import { CannotTurn } from '../turned.ts'
import { setKey, type Middleware } from './draft.ts'
import { headers } from './headers.ts'
import { addPrefix, redirectRegex, replacePath, replacePathPattern, stripPrefix } from './paths.ts'

/** What to do where a kind has no counterpart. */
export const instead: Readonly<Record<string, string>> = {
  chain: 'name the middlewares at the router',
  digestauth: 'use basic_auth',
  errors: 'write the pages under error_pages of the route',
  forwardauth: 'write the route with forward_auth, and which headers are shown; without it everybody would get in',
  stripprefixregex: 'write a route with path_regex and rewrite',
}

const basicAuth: Middleware = (draft, options, label) => {
  const users = options
    .list('users')
    .map((user) => [user.slice(0, user.indexOf(':')), user.slice(user.indexOf(':') + 1)])
  const realm = options.text('realm')
  options.find('removeheader')
  const value = { ...(realm === undefined ? {} : { realm }), users: Object.fromEntries(users) as object }
  setKey(draft, 'basic_auth', { value, label })
}

const allowList: Middleware = (draft, options, label) =>
  setKey(draft, 'allow', { value: options.list('sourcerange'), label })

const rateLimit: Middleware = (draft, options, label) => {
  const requests = Number(options.text('average') ?? '0')
  const period = options.text('period') ?? '1s'
  options.leave('burst', 'a burst is not known: requests are counted over the period', 'choose a longer one')
  if (requests === 0) return
  setKey(draft, 'rate_limit', { value: { requests, per: /^\d+$/.test(period) ? `${period}s` : period }, label })
}

const compress: Middleware = (draft, options, label) => {
  const isOn = options.flag('') ?? true
  for (const name of [
    'excludedcontenttypes',
    'includedcontenttypes',
    'minresponsebodybytes',
    'encodings',
    'defaultencoding',
  ]) {
    options.leave(name, 'texts are compressed by gzip, whatever their size')
  }
  if (isOn) setKey(draft, 'compression', { value: true, label })
}

const buffering: Middleware = (draft, options, label) => {
  const bytes = options.text('maxrequestbodybytes')
  for (const name of ['memrequestbodybytes', 'memresponsebodybytes']) {
    options.leave(name, 'bodies are passed on as they come, not kept')
  }
  if (bytes !== undefined) setKey(draft, 'max_body', { value: /^\d+$/.test(bytes) ? Number(bytes) : bytes, label })
}

const retry: Middleware = (draft, options, label) => {
  const attempts = Number(options.text('attempts'))
  options.leave('initialinterval', 'another task is tried at once')
  // Theirs counts the first.
  setKey(draft, 'retries', { value: { attempts: attempts - 1 }, label })
}

const redirectScheme: Middleware = (draft, options, label) => {
  const scheme = options.text('scheme')
  const port = options.text('port')
  options.flag('permanent')
  if (scheme !== 'https' || (port !== undefined && port !== '443')) {
    throw new CannotTurn(label, 'leads to what is no https on port 443', 'write a route with redirect')
  }
  draft.isSentToTls = true
}

/** By the kind of a middleware, in lower case. What is not here has no counterpart. */
export const middlewares: ReadonlyMap<string, Middleware> = new Map<string, Middleware>([
  ['addprefix', addPrefix],
  ['basicauth', basicAuth],
  ['buffering', buffering],
  ['compress', compress],
  ['headers', headers],
  ['ipallowlist', allowList],
  ['ipwhitelist', allowList],
  ['ratelimit', rateLimit],
  ['redirectregex', redirectRegex],
  ['redirectscheme', redirectScheme],
  ['replacepath', replacePath],
  ['replacepathregex', replacePathPattern],
  ['retry', retry],
  ['stripprefix', stripPrefix],
])
