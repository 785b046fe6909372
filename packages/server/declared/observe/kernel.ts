import { ask, askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import { normalizeSysctl } from '../plan/kernel.ts'

/** Values the kernel has of these keys; one that it does not know is left out. */
export const observeSysctl = async (place: Place, keys: readonly string[]): Promise<Record<string, string>> => {
  if (keys.length === 0) return {}
  return parseSysctl(await askLines(place, ['sysctl', '--ignore', '--', ...keys]))
}

export const parseSysctl = (lines: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf(' = ')
      return at < 0 ? [] : [[line.slice(0, at), normalizeSysctl(line.slice(at + 3))]]
    }),
  )

export const zoneFolder = '/usr/share/zoneinfo/'

export const observeZone = async (place: Place): Promise<string | undefined> => {
  const target = (await ask(place, ['readlink', '/etc/localtime'])).stdout.trim()
  const at = target.indexOf(zoneFolder.slice(1))
  return at < 0 ? undefined : target.slice(at + zoneFolder.length - 1)
}
