import { existsSync } from 'node:fs'
import type { Lab, LabNode } from '../lab.ts'
import { namespacePath } from '../names.ts'
import { setLink } from '../network.ts'
import { removePartitions } from './partition.ts'

/** Undoes `cut` and every partition of a node, on its own side and on the others'. */
export const healNode = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  await setLink(node, 'up', signal)
  await removePartitions(node, signal)
  const others = lab.nodes.filter((other) => other !== node && existsSync(namespacePath(other.namespace)))
  for (const other of others) await removePartitions(other, signal, node)
}
