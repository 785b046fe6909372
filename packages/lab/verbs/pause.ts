import { freeze } from '../cgroups.ts'
import { getInit } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Stops all processes of a host at one instant; its kernel still acknowledges packets, nobody reads them. */
export const pauseNode = async (lab: Lab, node: LabNode): Promise<void> => {
  await getInit(lab, node)
  await freeze(lab.tag, node.name)
}
