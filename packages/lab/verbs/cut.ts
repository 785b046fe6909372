import type { LabNode } from '../lab.ts'
import { setLink } from '../network.ts'

/** Takes a host's link away. It keeps running and its socket still answers, as on a console; no packet comes or goes. */
export const cutNode = (node: LabNode, signal: AbortSignal): Promise<void> => setLink(node, 'down', signal)
