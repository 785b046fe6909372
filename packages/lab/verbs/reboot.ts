import type { Lab, LabNode } from '../lab.ts'
import { shutDown } from '../shut-down.ts'
import { startNode } from './start.ts'

/** Restart in order: every process is asked to end and given time for it, then the host boots with the disk it had. */
export const rebootNode = async (lab: Lab, node: LabNode, signal: AbortSignal): Promise<void> => {
  await shutDown(lab, node, signal)
  await startNode(lab, node, signal)
}
