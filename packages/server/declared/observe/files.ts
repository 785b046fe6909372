import { askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import type { ObservedFile } from '../observed.ts'

/** Of the paths those that are there. A link is told as a link, and not followed. */
export const observeFiles = async (place: Place, paths: readonly string[]): Promise<Record<string, ObservedFile>> => {
  if (paths.length === 0) return {}
  const [facts, sums] = await Promise.all([
    askLines(place, ['stat', '--format=%n|%F|%U|%G|%a', '--', ...paths]),
    askLines(place, ['sha256sum', '--', ...paths]),
  ])
  return parseFiles(facts, sums)
}

export const parseFiles = (facts: readonly string[], sums: readonly string[]): Record<string, ObservedFile> => {
  const hashes = new Map(sums.map((line) => [line.slice(66), line.slice(0, 64)]))
  return Object.fromEntries(
    facts.map((line) => {
      const [mode = '', group = '', owner = '', type = '', ...path] = line.split('|').toReversed()
      const name = path.toReversed().join('|')
      const isFile = type.startsWith('regular')
      const sha256 = isFile ? hashes.get(name) : undefined
      const kind = isFile ? 'regular file' : type
      return [name, { type: kind, owner, group, mode, ...(sha256 === undefined ? {} : { sha256 }) }]
    }),
  )
}
