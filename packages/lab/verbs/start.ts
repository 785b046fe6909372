import { bootHost } from '../host.ts'
import { labKinds } from '../lab-kinds.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Boots a host that is off, with the disk it had, and its engine; on a running host, starts an engine that has crashed. */
export const startNode = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  await bootHost(lab, node, signal)
  await labKinds[lab.kind].serve(lab, node, signal)
}
