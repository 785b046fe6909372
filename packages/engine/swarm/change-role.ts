import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { NodeRole } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { foldLog } from './fold-log.ts'
import { nodeReply } from './replies.ts'

export interface RoleChange {
  readonly nodeId: string
  readonly role: NodeRole
  readonly now: () => number
}

/**
 * Joining the Raft takes a second, or half a minute when the node did not notice at once; one that dials a manager that is gone
 * does so for good. Leaving it takes a second; but a leader that leaves is followed by one whose connections to the others may
 * still wait, longer at each try, for the time before: until they stand, no manager answers (more than 150 s were seen).
 */
const longestMs = { manager: 120_000, worker: 300_000 } as const
const pauseMs = 300

/**
 * For so long nothing of the node may change. One that left the Raft fetches a worker's certificate within 1.5 s; made a
 * manager again before it has that, it waits for a worker's part in vain, and joins after 30 s instead of 1. And one that has
 * just joined is not yet connected to all: a leader that leaves then can leave two who never hear each other
 * ("data store lock held too long" in the log of the one that leads).
 */
const settlingMs = 4_000

/** Asks for the role, and waits until the managers themselves show it. Managers that elect meanwhile are waited for. */
export const changeRole = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<void> => {
  const untilMs = change.now() + longestMs[change.role]
  let version: number | undefined
  for (let restlessMs = -Infinity; ;) {
    const standing = await advance(api, change, signal)
    if (!standing.isSo || standing.version !== (version ?? standing.version)) restlessMs = change.now()
    version = standing.version
    if (change.now() - restlessMs >= settlingMs) return
    if (change.now() >= untilMs) throw await giveUp(api, change, signal)
    await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
      throw new EngineError('timeout', `${nameChange(change)}: stopped before it was so`, { cause, retry: false })
    })
  }
}

/** One that is in no Raft yet is to stay a worker: else it becomes a manager some day when nobody expects it. */
const giveUp = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<EngineError> => {
  const message = `${nameChange(change)}: not so after ${longestMs[change.role] / 1000} s`
  const isBack = change.role === 'manager' && (await keepWorker(api, change, signal))
  const told = isBack
    ? `${message}; it stays a worker: the managers have to reach it at 2377/tcp, and it them`
    : `${message}; look with "docker node ls"`
  return new EngineError('timeout', told)
}

/** True: it is in no Raft, and nobody asks it to be any more. */
const keepWorker = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<boolean> => {
  const back = { ...change, role: 'worker' } as const
  try {
    const { Spec, Version, ManagerStatus } = await getNode(api, back, signal)
    if (ManagerStatus != null) return false
    await askFor(api, { ...back, spec: Spec, version: Version.Index }, signal)
    return true
  } catch {
    return false
  }
}

const nameChange = ({ nodeId, role }: RoleChange): string => `make node ${nodeId} a ${role}`

const getNode = (api: Api, change: RoleChange, signal: AbortSignal): Promise<z.output<typeof nodeReply>> =>
  api.json({ method: 'GET', path: `/nodes/${change.nodeId}`, doing: nameChange(change) }, nodeReply, signal)

interface Standing {
  readonly isSo: boolean
  /** Of the node, as the Raft counts its changes. */
  readonly version: number
}

/** Asks for the role where it is not asked for yet. Whatever passes by itself is tried again. */
const advance = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<Standing> => {
  try {
    const { Spec, Version, ManagerStatus } = await getNode(api, change, signal)
    const version = Version.Index
    if (Spec.Role !== change.role) {
      if (change.role === 'manager') await foldLog(api, signal)
      await askFor(api, { ...change, spec: Spec, version }, signal)
      return { isSo: false, version }
    }
    // The role is granted at once; the Raft takes the node in or lets it go after that, and may elect meanwhile.
    const isSo = change.role === 'manager' ? ManagerStatus?.Reachability === 'reachable' : ManagerStatus == null
    return { isSo, version }
  } catch (error) {
    if (error instanceof EngineError && error.retry && !signal.aborted) return { isSo: false, version: 0 }
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
