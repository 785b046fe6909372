import { thaw } from '../cgroups.ts'
import { getInit } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Lets a paused host run on from where it stopped. */
export const resumeNode = async (lab: Lab, node: LabNode): Promise<void> => {
  await getInit(lab, node)
  await thaw(lab.tag, node.name)
}
