import type { AddedNode } from '../servers/add-node.ts'
import type { Palette } from './palette.ts'

const renderProof = (nodes: readonly string[]): string =>
  nodes.length === 0 ? 'there is no other node to prove it with' : `proven with ${nodes.join(', ')}`

/** That a server is a node now, and what should be known about it. */
export const renderAdded = (added: AddedNode, palette: Palette): string => {
  const { node, role, zone, address, isJoined, provenWith, warnings } = added
  const where = [role, ...(zone === undefined ? [] : [`zone ${zone}`]), address].join(', ')
  const proof = `${role === 'witness' ? 'it votes and runs nothing; ' : ''}${renderProof(provenWith)}`
  const lines = [
    `${palette.green('✓')} ${palette.bold(node)} is ${isJoined ? 'a node' : 'a node already'} (${where}); ${proof}`,
    ...warnings.map((warning) => `${palette.yellow('warning:')} ${warning}`),
  ]
  return `${lines.join('\n')}\n`
}
