import { z } from 'zod'
import { ask, askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import type { ObservedMount, ObservedSwap } from '../observed.ts'

export const fstabPath = '/etc/fstab'
export const swapPath = '/swapfile'

export const observeMounts = async (place: Place, paths: readonly string[]): Promise<Record<string, ObservedMount>> => {
  if (paths.length === 0) return {}
  const [lines, mounted] = await Promise.all([askLines(place, ['cat', fstabPath]), observeMounted(place)])
  return Object.fromEntries(
    paths.map((path) => {
      const line = findLine(lines, path)
      const there = mounted.get(path)
      return [path, { ...(line === undefined ? {} : { line }), ...(there === undefined ? {} : { mounted: there }) }]
    }),
  )
}

const findmnt = z.object({
  filesystems: z.array(z.object({ target: z.string(), source: z.string().nullable(), fstype: z.string() })),
})

/** By where; of several that lie over each other the last. */
const observeMounted = async (place: Place): Promise<ReadonlyMap<string, string>> => {
  const { stdout } = await ask(place, ['findmnt', '--json', '--list', '--output', 'TARGET,SOURCE,FSTYPE'])
  const { filesystems } = findmnt.parse(JSON.parse(stdout))
  return new Map(filesystems.map(({ target, source, fstype }) => [target, `${source ?? 'none'} (${fstype})`]))
}

/** Of fstab(5): the line that mounts there. */
export const findLine = (lines: readonly string[], path: string): ObservedMount['line'] =>
  lines
    .filter((line) => mountsAt(line, path))
    .map((line) => {
      const [device = '', , type = '', options = ''] = line.trim().split(/\s+/)
      return { device, type, options }
    })
    .at(-1)

export const mountsAt = (line: string, path: string): boolean => {
  const [device = '', target] = line.trim().split(/\s+/)
  return !device.startsWith('#') && target === path
}

export const isSwapLine = (line: string): boolean => new RegExp(String.raw`^\s*${swapPath}\s`).test(line)

export const observeSwap = async (place: Place): Promise<ObservedSwap> => {
  const [sizes, active, fstab] = await Promise.all([
    askLines(place, ['stat', '--format=%s', '--', swapPath]),
    askLines(place, ['swapon', '--show=NAME', '--noheadings', '--raw']),
    askLines(place, ['cat', fstabPath]),
  ])
  return { sizeBytes: Number(sizes[0] ?? 0), isActive: active.includes(swapPath), isInFstab: fstab.some(isSwapLine) }
}
