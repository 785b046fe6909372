import { EngineError } from '@atoll/engine'
import type { VolumeHost } from '@atoll/engine/swarm'
import type { Agent } from '../agent.ts'
import type { Exchange } from '../verbs/exec.ts'
import { answerVolume, findVolumePart } from './answer-volume.ts'
import { readPeer } from './open-door.ts'

/** What stands between this node and agents of others. */
export interface PeerDoor {
  readonly volumes: VolumeHost
  /** Nodes that this one's engine takes for managers. */
  readonly managers: (signal: AbortSignal) => Promise<readonly string[]>
}

/**
 * True: it was answered here. What comes from another agent is only taken from that of a manager, as controls are nowhere else:
 * a worker that was taken over asks for nothing here. Throws EngineError `refused`.
 */
export const answerAtDoor = async (
  { door, journal }: Agent,
  exchange: Exchange,
  signal: AbortSignal,
): Promise<boolean> => {
  if (door === undefined) return false
  await requireManager(door, exchange, signal)
  const part = findVolumePart(exchange.request)
  if (part === undefined) return false
  await answerVolume({ volumes: door.volumes, journal, exchange }, part, signal)
  return true
}

const requireManager = async ({ managers }: PeerDoor, { request }: Exchange, signal: AbortSignal): Promise<void> => {
  const nodeId = readPeer(request)
  if (nodeId !== undefined && (await managers(signal)).includes(nodeId)) return
  throw new EngineError('refused', `ask this agent: node ${nodeId ?? 'unknown'} is no manager`)
}
