import { CannotTurn, hasVariable, withEscapes, withoutEscapes, type Label } from '../turned.ts'
import { prefixOf, setKey, type Draft, type Middleware } from './draft.ts'
import { escapePattern } from './match.ts'

export const stripPrefix: Middleware = (draft, options, label) => {
  const prefixes = options.list('prefixes').map((prefix) => prefix.replace(/\/$/, ''))
  options.leave('forceslash', 'the app always gets a path that begins with a slash')
  const prefix = prefixOf(draft)
  if (prefix === undefined || draft.rewritten !== undefined || !prefixes.includes(prefix)) {
    const hint = 'write a route whose path is the prefix, with strip: true'
    throw new CannotTurn(label, 'takes off another prefix than the one the rule is for', hint)
  }
  draft.rewritten = ''
}

export const addPrefix: Middleware = (draft, options, label) => {
  const added = (options.text('prefix') ?? '').replace(/\/$/, '')
  const path = prefixOf(draft) ?? draft.match['path_exact']
  if (typeof path !== 'string') throw new CannotTurn(label, 'adds to a pattern', 'say rewrite with groups: /new/\\1')
  draft.rewritten = `${added}${draft.rewritten ?? path}`
}

/** Of a prefix everything below it becomes one path, which a pattern can say. */
export const replacePath: Middleware = (draft, options, label) => {
  const path = options.text('path') ?? ''
  const prefix = prefixOf(draft)
  if (prefix === undefined) {
    draft.rewritten = path
    return
  }
  if (hasVariable(prefix)) throw new CannotTurn(label, 'has a variable in a pattern', 'write the path out')
  delete draft.match['path']
  draft.match['path_regex'] = `${escapePattern(prefix)}(?:/.*)?`
  draft.rewritten = path
}

/** Paths that fit a pattern get another, by a route of their own. One that fits in part is put together again. */
export const replacePathPattern: Middleware = (draft, options, label) => {
  const [written, by] = [options.text('regex') ?? '', options.text('replacement') ?? '']
  const pattern = withoutEscapes(written)
  const prefix = prefixOf(draft)
  const hint = 'write a route with path_regex and rewrite'
  const isInside = prefix === '' || /^(?:[/(?$]|$)/.test(pattern.slice(1 + escapePattern(prefix ?? '').length))
  if (
    prefix === undefined ||
    draft.rewritten !== undefined ||
    draft.replaced !== undefined ||
    hasVariable(written + by)
  ) {
    throw new CannotTurn(label, 'changes a path that is changed or compared in another way too', hint)
  }
  if (!pattern.startsWith(`^${escapePattern(prefix)}`) || !isInside) {
    throw new CannotTurn(label, `fits paths that are not below ${prefix === '' ? '/' : prefix}`, hint)
  }
  const isWhole = /(?:\$|\.\*\)?)$/.test(pattern)
  const groups = pattern.replaceAll(/\\.|\[[^\]]*\]/g, '').match(/\((?!\?)/g)?.length ?? 0
  const named = withoutEscapes(by).replaceAll(
    /\$(?:\{(\d)\}|(\d))/g,
    (_, braced: string, bare: string) => `\\${braced ?? bare}`,
  )
  if (named.includes('$')) throw new CannotTurn(label, `has ${by}, which names no group by a number`, hint)
  draft.replaced = {
    pattern: withEscapes(isWhole ? pattern.replace(/^\^/, '').replace(/\$$/, '') : `${pattern.slice(1)}(.*)`),
    by: isWhole ? named : `${named}\\${groups + 1}`,
  }
}

/** `rewrite` and `strip` of what middlewares did to the path. */
export const finishPath = (draft: Draft, label: Label): void => {
  const prefix = prefixOf(draft)
  if (draft.rewritten === undefined || draft.rewritten === prefix) return
  if (draft.rewritten === '') setKey(draft, 'strip', { value: true, label })
  else setKey(draft, 'rewrite', { value: draft.rewritten, label })
}

/** From one host to another, with the path as it was; anything else is beyond a redirect of ours. */
export const redirectRegex: Middleware = (draft, options, label) => {
  const [written, replacement] = [options.text('regex') ?? '', options.text('replacement') ?? '']
  const isPermanent = options.flag('permanent') ?? false
  const [, from = '', group] =
    /^\^?https?\??:\/\/((?:[\w-]|\\?\.)+)(?:\/?\((\.[*+]|\?:\.[*+])\)|\/\.\*)?\$?$/.exec(withoutEscapes(written)) ?? []
  const [, scheme, host, rest] = /^(https?):\/\/([\w.-]+)\/?(\$\{?1\}?)?$/.exec(withoutEscapes(replacement)) ?? []
  const isWhole = from.replaceAll('\\.', '.') === draft.match['host'] && group !== undefined && rest !== undefined
  if (!isWhole || hasVariable(written) || host === undefined || prefixOf(draft) !== '') {
    const hint = 'write a route with redirect: {host, path, status}; the query stays'
    throw new CannotTurn(label, 'leads elsewhere by a pattern that is more than a change of the host', hint)
  }
  const value = { scheme, host, status: isPermanent ? 301 : 302 }
  setKey(draft, 'redirect', { value, label })
}
