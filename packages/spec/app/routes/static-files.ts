import { renderQuoted } from '../../compose/parsed.ts'
import type { StaticFiles } from '../../route.ts'
import { defined } from '../defined.ts'
import { at, entriesOf, isIdle, refuse, textOf, type Source } from '../source.ts'
import { parsePath } from './path.ts'
import { printableOf } from './texts.ts'

/** HttpRoute.static; undefined when it is absent or wrong, and wrong is reported. */
export const staticFilesOf = (source: Source): StaticFiles | undefined => {
  if (source.value === undefined) return undefined
  if (!isIdle(at(source, 'folder'))) {
    return refuse(
      at(source, 'folder'),
      'a folder comes to the nodes in an image',
      'build the service of it (build: {context: ./public, dockerfile_inline: "FROM scratch\\nCOPY . /site"}, deploy: {replicas: 0}) and say path: /site',
    )
  }
  const path = folderOf(source)
  if (path === undefined) return undefined
  return {
    path,
    index: indexOf(at(source, 'index')),
    cacheSeconds: cacheOf(at(source, 'cache')),
    ...defined({
      image: imageOf(at(source, 'image')),
      fallback: fileOf(at(source, 'fallback')),
      notFound: fileOf(at(source, 'not_found')),
    }),
  }
}

const example = 'write for example path: /usr/share/nginx/html'

/** A whole image is not served: it holds more than a site. */
const folderOf = (source: Source): string | undefined => {
  const place = at(source, 'path')
  const text = textOf(place)
  if (text === undefined) return refuse(source, 'says no folder of the image', example)
  const path = text.replace(/(?<=.)\/$/, '')
  if (path === '/') return refuse(place, 'the whole image is no site', example)
  if (FOLDER.test(path) && !path.split('/').some((name) => name === '.' || name === '..')) return path
  return refuse(place, `${renderQuoted(text)} is no folder of an image`, example)
}

const FOLDER = /^(?:\/[A-Za-z0-9._@+-]+){1,20}$/

const imageOf = (source: Source): string | undefined => {
  const image = printableOf(source)
  if (image === undefined || /^[A-Za-z0-9][\w./:@-]{0,500}$/.test(image)) return image
  return refuse(source, `${renderQuoted(image)} is no image`, 'write for example registry.example.org/site:3')
}

const indexOf = (source: Source): string => {
  const name = textOf(source) ?? 'index.html'
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,100}$/.test(name)) return name
  return refuse(source, `${renderQuoted(name)} is no name of a file`, 'write for example index.html') ?? name
}

const fileOf = (source: Source): string | undefined => {
  const text = textOf(source)
  if (text === undefined) return undefined
  const parsed = parsePath(text)
  if (parsed.kind === 'ok' && parsed.value !== '/') return parsed.value
  const message = parsed.kind === 'ok' ? 'is no file' : parsed.message
  return refuse(source, message, 'write its path below the folder, such as /index.html')
}

/** They go along with each request. */
const MAX_PATHS = 20

const cacheOf = (source: Source): Readonly<Record<string, number>> => {
  const entries = entriesOf(source)
  if (entries.length > MAX_PATHS) refuse(source, `names more than ${MAX_PATHS} paths`, 'name folders above them')
  return Object.fromEntries(
    entries.flatMap(([path, place]) => {
      const parsed = parsePath(path)
      const seconds = secondsOf(place)
      if (parsed.kind === 'error') return refuse(place, parsed.message, 'write for example /assets/: 1y') ?? []
      return seconds === undefined ? [] : [[parsed.value, seconds] as const]
    }),
  )
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 }

const secondsOf = (source: Source): number | undefined => {
  const [, count = '', unit = ''] = /^(\d{1,8})([smhdwy])$/.exec(textOf(source) ?? '') ?? []
  const seconds = Number(count) * (UNITS[unit] ?? Infinity)
  if (seconds > 0 && seconds <= 31_536_000) return seconds
  return refuse(source, 'is no time from 1s to 1y', 'write for example 10m, 7d or 1y')
}
