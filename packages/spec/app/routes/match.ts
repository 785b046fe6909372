import type { HttpMatch, PathMatch } from '../../route.ts'
import { at, refuse, textOf, type Source } from '../source.ts'
import { parsePath } from './path.ts'
import { parsePathPattern } from './path-pattern.ts'
import { headersOf, hostOf, methodsOf, parametersOf } from './texts.ts'

/** Which requests a route is for; undefined when its host or path is wrong, which is reported. */
export const matchOf = (source: Source): HttpMatch | undefined => {
  const path = pathMatchOf(source)
  const host = requiredHostOf(source)
  if (path === undefined || host === undefined) return undefined
  return {
    host,
    path,
    methods: methodsOf(at(source, 'method')),
    headers: headersOf(at(source, 'header')),
    query: parametersOf(at(source, 'query')),
  }
}

export const requiredHostOf = (source: Source): string | undefined => {
  if (textOf(at(source, 'host')) === undefined) {
    return refuse(source, 'says no host', 'add host: shop.example.org')
  }
  return hostOf(at(source, 'host'), { takesWildcard: true })
}

const pathMatchOf = (source: Source): PathMatch | undefined => {
  const written = (['path', 'path_exact', 'path_regex'] as const).filter((key) => at(source, key).value !== undefined)
  if (written.length > 1) return refuse(source, `says ${written.join(' and ')}`, 'keep one, or make two routes')
  const key = written[0] ?? 'path'
  const place = at(source, key)
  const text = textOf(place) ?? '/'
  if (key === 'path_regex') return patternOf(place, text)
  const parsed = parsePath(text)
  if (parsed.kind === 'error') return refuse(place, parsed.message, 'write for example /api')
  if (key === 'path') return { kind: 'prefix', path: parsed.value }
  return { kind: 'exact', path: text.endsWith('/') && parsed.value !== '/' ? `${parsed.value}/` : parsed.value }
}

const patternOf = (source: Source, text: string): PathMatch | undefined => {
  const parsed = parsePathPattern(text)
  const hint = 'it is compared with the whole path; write for example /users/[0-9]+'
  if (parsed.kind === 'error') return refuse(source, `the pattern ${parsed.message}`, hint)
  return { kind: 'regex', pattern: parsed.value.pattern }
}
