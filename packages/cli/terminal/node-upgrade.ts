import type { Preflight } from '../servers/upgrade/preflight.ts'
import type { UpgradedNode } from '../servers/upgrade/upgrade-node.ts'
import type { Palette } from './palette.ts'

const shown = 5

/** `3 packages: docker.io 20.10.5 -> 20.10.24, ...`. */
const renderPackages = (packages: UpgradedNode['packages']): string => {
  if (packages.length === 0) return 'no package'
  const names = packages
    .slice(0, shown)
    .map(({ name, from, to }) => (from === undefined ? `${name} ${to}` : `${name} ${from} -> ${to}`))
  const more = packages.length > shown ? `, and ${packages.length - shown} more` : ''
  return `${packages.length} package${packages.length === 1 ? '' : 's'}: ${names.join(', ')}${more}`
}

/** What would be done to a node, and what would be missed meanwhile. */
export const renderPreflight = (
  { node, facts, isLeft, risks }: Preflight,
  isNeeded: boolean,
  palette: Palette,
): readonly string[] => [
  isNeeded
    ? `${palette.bold(node.name)}: ${renderPackages(facts.packages)}${facts.needsReboot ? '; it waits for a boot' : ''}`
    : `${palette.bold(node.name)} ${palette.green('is up to date')}`,
  ...(facts.isBroken ? ['  packages are half installed'] : []),
  ...(isLeft ? ['  an upgrade has drained it and did not come to its end'] : []),
  ...(isNeeded ? risks.map((risk) => `  ${palette.yellow('!')} ${risk}`) : []),
]

export const renderUpgraded = (upgraded: UpgradedNode, palette: Palette): readonly string[] => {
  const { node, packages, engine, isRebooted, provenWith, notes } = upgraded
  const docker = engine.from === engine.to ? `Docker ${engine.to}` : `Docker ${engine.from} -> ${engine.to}`
  const proof = provenWith.length === 0 ? '' : `; proven with ${provenWith.join(', ')}`
  return [
    `${palette.green('✓')} ${palette.bold(node)}: ${renderPackages(packages)}; ${docker}${isRebooted ? '; rebooted' : ''}${proof}`,
    ...notes.map((note) => `  ${note}`),
  ]
}
