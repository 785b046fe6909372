import { LabError } from './errors.ts'
import type { Lab, LabNode } from './lab.ts'

/** A lab's node by name, or by its number alone. Throws LabError `no-such-node`. */
export const getNode = (lab: Lab, name: string): LabNode => {
  const found = lab.nodes.find((node) => node.name === name || node.name === `node-${name}`)
  if (found !== undefined) return found
  const known = lab.nodes.map((node) => node.name).join(', ')
  throw new LabError('no-such-node', `find ${name} in lab ${lab.name}: there are ${known}`)
}
