import type { HeaderChanges, HttpMatch, Maintenance, Redirect } from '../../route.ts'
import { defined } from '../defined.ts'
import { at, entriesOf, flagOf, numberOf, refuse, textOf, type Source } from '../source.ts'
import { parsePath } from './path.ts'
import { spanMsOf } from './targets.ts'
import { addressesOf, headerNamesOf, headersOf, hostOf, pageOf } from './texts.ts'

/** They say where a message ends: who sets them can smuggle a second request in. */
export const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export const headerChangesOf = (source: Source): HeaderChanges => {
  const changes = {
    set: headersOf(at(source, 'set')),
    add: headersOf(at(source, 'add')),
    remove: headerNamesOf(at(source, 'remove')),
  }
  const names = [...Object.keys(changes.set), ...Object.keys(changes.add), ...changes.remove]
  for (const name of new Set(names.filter((name) => framing.has(name)))) {
    refuse(source, `${name} says where a message ends, and stays as it is`, 'remove it')
  }
  return changes
}

export const redirectOf = (source: Source, match: HttpMatch): Redirect | undefined => {
  if (source.value === undefined) return undefined
  const redirect = defined({
    scheme: schemeOf(at(source, 'scheme')),
    host: hostOf(at(source, 'host'), { takesWildcard: false }),
    port: numberOf(at(source, 'port')),
    path: plainPathOf(at(source, 'path')),
    status: statusOf(at(source, 'status')),
  })
  const isElsewhere =
    (redirect.host ?? match.host) !== match.host ||
    redirect.port !== undefined ||
    (redirect.path !== undefined && !(match.path.kind === 'exact' && match.path.path === redirect.path))
  if (!isElsewhere) refuse(source, 'leads to where it comes from', 'say another host or path; for TLS https: required')
  return redirect
}

const schemeOf = (source: Source): Redirect['scheme'] => {
  const scheme = textOf(source)
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

const statuses = [301, 302, 303, 307, 308] as const

const statusOf = (source: Source): Redirect['status'] => {
  const number = numberOf(source) ?? 308
  const status = statuses.find((each) => each === number)
  if (status === undefined) refuse(source, `${number} is no redirect`, `use one of ${statuses.join(', ')}`)
  return status ?? 308
}

const plainPathOf = (source: Source): string | undefined => {
  const text = textOf(source)
  if (text === undefined) return undefined
  const parsed = parsePath(text)
  return parsed.kind === 'ok' ? parsed.value : refuse(source, parsed.message, 'write for example /new')
}

/** HttpRoute.rewrite of `strip` and `rewrite`. */
export const rewriteOf = (source: Source, { path }: HttpMatch): string | undefined => {
  const place = at(source, 'rewrite')
  const isStripped = flagOf(at(source, 'strip')) === true
  if (place.value === undefined) {
    if (isStripped && path.kind === 'regex')
      return refuse(at(source, 'strip'), 'a pattern has no prefix', 'use rewrite')
    return isStripped ? '' : undefined
  }
  if (isStripped) return refuse(place, 'the path is stripped and rewritten', 'keep one of strip and rewrite')
  return path.kind === 'regex' ? replacementOf(place, path.pattern) : plainPathOf(place)
}

/** A path with `\1` to `\9` for the groups of a pattern. */
const replacementOf = (source: Source, pattern: string): string | undefined => {
  const text = textOf(source) ?? ''
  const plain = parsePath(text.replaceAll(/\\[1-9]/g, 'x'))
  if (plain.kind === 'error') return refuse(source, plain.message, 'write for example /users/\\1')
  const groups = pattern.replaceAll(/\\.|\[[^\]]*\]/g, '').match(/\((?!\?)/g)?.length ?? 0
  const highest = Math.max(0, ...Array.from(text.matchAll(/\\(\d)/g), ([, digit]) => Number(digit)))
  if (highest <= groups) return text
  return refuse(source, `names group ${highest} of a pattern with ${groups}`, 'put parentheses around it')
}

export const maintenanceOf = (source: Source): Maintenance | undefined => {
  if (source.value === undefined) return undefined
  const page = pageOf(at(source, 'page'))
  if (page === undefined) return refuse(source, 'says no page', 'add page: the HTML that everybody gets')
  const retryAfterMs = spanMsOf(at(source, 'retry_after'))
  return defined({ page, retryAfterMs, except: addressesOf(at(source, 'except')) })
}

/** Statuses that an ingress answers by itself. */
const ownStatuses: ReadonlySet<string> = new Set('400 401 403 404 408 410 413 429 500 502 503 504'.split(' '))

export const errorPagesOf = (source: Source): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entriesOf(source).flatMap(([status, place]) => {
      const page = pageOf(place)
      if (page !== undefined && ownStatuses.has(status)) return [[status, page] as const]
      const hint = `use one of ${[...ownStatuses].join(', ')}`
      return (page === undefined ? undefined : refuse(place, `the ingress never answers ${status} itself`, hint)) ?? []
    }),
  )
