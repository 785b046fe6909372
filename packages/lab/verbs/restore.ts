import * as cgroups from '../cgroups.ts'
import { freeDisk } from '../disk.ts'
import { bootHost } from '../host.ts'
import { labKinds } from '../lab-kinds.ts'
import type { Lab, LabNode } from '../lab.ts'
import { setLink } from '../network.ts'
import { removePartitions } from './partition.ts'

/** Undoes every fault of one node: it is on, awake, linked to all others, with room on its disk, and serves. */
export const restoreNode = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  await cgroups.thaw(lab.tag, node.name)
  const initPid = await bootHost(lab, node, signal)
  await setLink(node, 'up', signal)
  await removePartitions(node, signal)
  await freeDisk(node, initPid)
  await labKinds[lab.kind].serve(lab, node, signal)
}

/** Undoes every fault of a lab's nodes, at once. Waiting for the Swarm to agree is another matter. */
export const restoreNodes = async (lab: Lab, signal: AbortSignal): Promise<void> => {
  await Promise.all(lab.nodes.map((node) => restoreNode(lab, node, signal)))
}
