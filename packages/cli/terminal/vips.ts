import type { AddedVip } from '../vips/add-vip.ts'
import type { AppliedVips } from '../vips/apply-vips.ts'
import type { SeenVip } from '../vips/look-at-vips.ts'
import type { RemovedVip } from '../vips/remove-vip.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderTable } from './table.ts'
import { renderDuration } from './time.ts'

const head = ['ADDRESS', 'HELD BY', 'FOR', 'NODES', 'ROUTER ID']

/** One line for each, then what is not as it should be. */
export const renderVips = (vips: readonly SeenVip[], look: Screen & { readonly nowMs: number }): readonly string[] => {
  if (vips.length === 0) return ['no virtual address; "atoll vip add" gives the nodes one']
  const { palette } = look
  const rows = vips.map((vip) => [
    palette.bold(`${vip.address}/${vip.prefixLength}`),
    vip.holders.length === 0 ? palette.red('nobody') : vip.holders.join(', '),
    vip.tookAtMs === undefined ? '' : renderDuration(look.nowMs - vip.tookAtMs),
    vip.members.map(({ id, name }) => (id === vip.preferred ? `${name} (preferred)` : name)).join(', '),
    String(vip.routerId),
  ])
  const drift = vips.flatMap((vip) => vip.drift.map((text) => `${palette.yellow(`${vip.address}:`)} ${text}`))
  return [
    ...renderTable(head, rows, { ...look, spare: drop('ROUTER ID', 'FOR', 'NODES') }),
    ...(drift.length === 0 ? [] : ['', ...drift, palette.dim('"atoll vip apply" brings the nodes to what is meant')]),
  ]
}

export const renderAddedVip = ({ vip, holder }: AddedVip, palette: Palette): string => {
  const others = vip.members.map(({ name }) => name).filter((name) => name !== holder)
  return `${palette.green('✓')} ${vip.address} answers on ${holder}; ${others.join(', ')} would take it`
}

export const renderAppliedVips = ({ nodes, notes }: AppliedVips, palette: Palette): readonly string[] => [
  ...(nodes.length === 0 ? ['there is nothing to apply: no virtual address'] : []),
  ...nodes.map(({ node, outcome, trouble }) =>
    outcome === 'failed'
      ? `${palette.red('✗')} ${node}: ${trouble}`
      : `${palette.green('✓')} ${node} ${words[outcome]}`,
  ),
  ...notes.map((note) => `${palette.yellow('note:')} ${note}`),
]

const words = { changed: 'has its addresses now', unchanged: 'is as it should be' } as const

export const renderRemovedVip = ({ address, left }: RemovedVip, palette: Palette): readonly string[] => [
  `${address} is no virtual address any more`,
  ...(left.length === 0
    ? []
    : [
        `${palette.yellow('left behind:')} on ${left.join(', ')}; "apt-get purge keepalived" there ends it, or "atoll vip apply" when an address is there still`,
      ]),
]
