import type { PruneItem, PruneReport, StoredSum } from '@atoll/engine'
import { aboutHowLong } from '@atoll/plan'
import type { NodePrune, SeenUsage } from '../cluster/storage.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderBytes } from './size.ts'
import { drop, renderColumns, renderTable } from './table.ts'

interface Look extends Screen {
  readonly nowMs: number
}

const head = ['NODE', 'SIZE', 'USED', 'IMAGES', 'CONTAINERS', 'VOLUMES', 'BUILD CACHE', 'RECLAIMABLE', 'FULL IN']
const spare = drop('CONTAINERS', 'BUILD CACHE', 'IMAGES', 'VOLUMES')

/** One line for each node, and below them why something of one is not known. */
export const renderUsages = (seen: readonly SeenUsage[], { nowMs, ...screen }: Look): readonly string[] => {
  const { palette } = screen
  const rows = seen
    .filter(({ trouble }) => trouble === undefined)
    .map(({ node, disk, usage }) => {
      const sums = usage === undefined ? [] : [usage.images, usage.containers, usage.volumes, usage.buildCache]
      return [
        palette.bold(node),
        disk === undefined ? palette.dim('not seen') : renderBytes(disk.sizeBytes),
        disk === undefined ? '' : renderShare(disk.usedShare, palette),
        ...sums.map(({ bytes }) => renderBytes(bytes)),
        renderBytes(sums.reduce((total, sum: StoredSum) => total + sum.reclaimableBytes, 0)),
        disk?.forecast === undefined ? '' : aboutHowLong(disk.forecast.fullAtMs - nowMs),
      ]
    })
  const released = seen.filter(({ disk }) => disk?.reserve?.isHeld === false && disk.reserve.bytes > 0)
  return [
    ...(rows.length === 0 ? [] : renderTable(head, rows, { ...screen, spare })),
    ...released.map(
      ({ node }) =>
        `${palette.yellow('!')} ${node}: the room held for the engine is given up until there is more again`,
    ),
    ...renderTroubles(seen, palette),
  ]
}

const renderShare = (share: number, palette: Palette): string => {
  const text = `${Math.floor(share * 100)} %`
  if (share >= 0.9) return palette.red(text)
  return share >= 0.8 ? palette.yellow(text) : text
}

const renderTroubles = (
  nodes: readonly { readonly node: string; readonly trouble?: string }[],
  palette: Palette,
): readonly string[] =>
  nodes.flatMap(({ node, trouble }) => (trouble === undefined ? [] : [`${palette.red('✗')} ${node}: ${trouble}`]))

interface PruneLook {
  readonly palette: Palette
  readonly isDryRun: boolean
}

/** What went and what stays of each node, each with its reason. */
export const renderPrunes = (pruned: readonly NodePrune[], look: PruneLook): readonly string[] => [
  ...pruned.flatMap(({ node, report }) => (report === undefined ? [] : renderReport(node, report, look))),
  ...renderTroubles(pruned, look.palette),
]

const renderReport = (
  node: string,
  { removed, left }: PruneReport,
  { palette, isDryRun }: PruneLook,
): readonly string[] => {
  const bytes = removed.reduce((sum, item) => sum + (item.bytes ?? 0), 0)
  const said = `${removed.length} ${removed.length === 1 ? 'thing' : 'things'} ${isDryRun ? 'would go' : 'removed'}`
  // Layers that several images have are counted with each of them.
  const room = bytes === 0 ? '' : `, up to ${renderBytes(bytes)}`
  return [
    `${palette.bold(node)}  ${said}${room}`,
    ...renderItems(removed, (name) => palette.red(name)),
    ...(left.length === 0 ? [] : [palette.dim('  stays:'), ...renderItems(left, (name) => name)]),
  ]
}

const renderItems = (items: readonly PruneItem[], paint: (name: string) => string): readonly string[] =>
  renderColumns(
    items.map(({ kind, name, bytes, why }) => [
      `  ${kind}`,
      paint(shorten(name)),
      bytes === undefined ? '' : renderBytes(bytes),
      why,
    ]),
  )

/** A digest's beginning is enough to tell two apart. */
const shorten = (name: string): string => name.replace(/(@sha256:[0-9a-f]{8})[0-9a-f]+$/, '$1')
