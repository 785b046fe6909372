import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { NodeRole } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { nodeReply } from './replies.ts'

export interface RoleChange {
  readonly nodeId: string
  readonly role: NodeRole
  readonly now: () => number
}

/**
 * Joining or leaving the Raft takes a second; a node that had just left it took half a minute to come in again. A leader
 * that leaves is followed by one whose connections to the others may still wait, longer at each try, for the time
 * before: until they stand, no manager answers (80 s and more were seen on a busy machine).
 */
const longestMs = 150_000
const pauseMs = 300

/** Asks for the role, and waits until the managers themselves show it. Managers that elect meanwhile are waited for. */
export const changeRole = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<void> => {
  const untilMs = change.now() + longestMs
  while (!(await advance(api, change, signal))) {
    if (change.now() >= untilMs) {
      const message = `${nameChange(change)}: not so after ${longestMs / 1000} s; look with "docker node ls"`
      throw new EngineError('timeout', message)
    }
    await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
      throw new EngineError('timeout', `${nameChange(change)}: stopped before it was so`, { cause, retry: false })
    })
  }
}

const nameChange = ({ nodeId, role }: RoleChange): string => `make node ${nodeId} a ${role}`

const getNode = (api: Api, change: RoleChange, signal: AbortSignal): Promise<z.output<typeof nodeReply>> =>
  api.json({ method: 'GET', path: `/nodes/${change.nodeId}`, doing: nameChange(change) }, nodeReply, signal)

/** Asks for the role where it is not asked for yet; true once it is so. Whatever passes by itself is tried again. */
const advance = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<boolean> => {
  try {
    const { Spec, Version, ManagerStatus } = await getNode(api, change, signal)
    if (Spec.Role !== change.role) {
      await askFor(api, { ...change, spec: Spec, version: Version.Index }, signal)
      return false
    }
    // The role is granted at once; the Raft takes the node in or lets it go after that, and may elect meanwhile.
    return change.role === 'manager' ? ManagerStatus?.Reachability === 'reachable' : ManagerStatus == null
  } catch (error) {
    if (error instanceof EngineError && error.retry && !signal.aborted) return false
    throw error
  }
}

interface Request extends RoleChange {
  readonly spec: object
  readonly version: number
}

const askFor = (api: Api, { spec, version, ...change }: Request, signal: AbortSignal): Promise<void> => {
  const path = `/nodes/${change.nodeId}/update`
  const body = { ...spec, Role: change.role }
  return api.send({ method: 'POST', path, query: { version }, body, doing: nameChange(change) }, signal)
}
