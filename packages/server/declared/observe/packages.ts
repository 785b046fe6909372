import { askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'

/** Those of the packages that are installed. dpkg-query(1) fails for what it has never heard of, and tells the others. */
export const observePackages = async (place: Place, names: readonly string[]): Promise<readonly string[]> => {
  if (names.length === 0) return []
  const format = '--showformat=${Package} ${db:Status-Status}\\n'
  const lines = await askLines(place, ['dpkg-query', '--show', format, '--', ...names])
  return parsePackages(lines)
}

export const parsePackages = (lines: readonly string[]): readonly string[] => {
  const installed = lines.flatMap((line) => {
    const [name = '', status] = line.split(' ')
    return status === 'installed' ? [name] : []
  })
  return [...new Set(installed)]
}
