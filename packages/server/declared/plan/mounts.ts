import type { Change } from '../change.ts'
import type { Observed, ObservedMount } from '../observed.ts'
import type { Wanted, WantedMount } from '../wanted.ts'
import { compare } from './compare.ts'

export const planMounts = ({ mounts }: Wanted, observed: Observed): readonly Change[] =>
  Object.entries(mounts).flatMap(([path, mount]) => {
    const there = observed.mounts[path] ?? {}
    const subject = `mount ${path}`
    if (mount !== 'absent') return planMount(path, mount, there)
    const fields = compare(
      { line: there.line === undefined ? undefined : 'present', mounted: there.mounted },
      { line: there.line && 'absent', mounted: there.mounted && 'nothing' },
    )
    return fields.length === 0 ? [] : [{ kind: 'unmount' as const, path, subject, fields }]
  })

const planMount = (path: string, mount: WantedMount, there: ObservedMount): readonly Change[] => {
  const fields = [
    ...compare({ ...there.line }, { device: mount.device, type: mount.type, options: mount.options }),
    ...(there.mounted === undefined ? [{ name: 'mounted', before: 'nothing', after: mount.device }] : []),
  ]
  if (fields.length === 0) return []
  // What is in use is not pulled away under whoever uses it.
  const note =
    there.mounted === undefined || there.line === undefined ? {} : { note: 'holds from the next mount or boot on' }
  return [{ kind: 'mount', path, mount, subject: `mount ${path}`, fields, ...note }]
}

export const planSwap = ({ swap }: Wanted, { swap: there }: Observed): readonly Change[] => {
  if (swap === undefined) return []
  const before = {
    size: showSize(there.sizeBytes),
    active: there.isActive ? 'yes' : 'no',
    'at boot': there.isInFstab ? 'yes' : 'no',
  }
  const subject = 'swap /swapfile'
  if (swap === 'off') {
    const fields = compare(before, { size: 'none', active: 'no', 'at boot': 'no' })
    return fields.length === 0 ? [] : [{ kind: 'remove-swap', subject, fields }]
  }
  const fields = compare(before, { size: showSize(swap.sizeBytes), active: 'yes', 'at boot': 'yes' })
  return fields.length === 0 ? [] : [{ kind: 'make-swap', sizeBytes: swap.sizeBytes, subject, fields }]
}

const showSize = (bytes: number): string => (bytes === 0 ? 'none' : `${Number((bytes / 1024 ** 2).toFixed(1))} MiB`)
