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

/** Joining or leaving the Raft takes a second; of a node that had just left it took half a minute. */
const longestMs = 90_000
const pauseMs = 300
/** Writers that were faster; nodes report themselves often. */
const maxTries = 5

/** Asks for the role, and waits until the managers themselves show it. */
export const changeRole = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<void> => {
  await askFor(api, change, signal)
  await awaitRole(api, change, signal)
}

const nameChange = ({ nodeId, role }: RoleChange): string => `make node ${nodeId} a ${role}`

const getNode = (api: Api, change: RoleChange, signal: AbortSignal): Promise<z.output<typeof nodeReply>> =>
  api.json({ method: 'GET', path: `/nodes/${change.nodeId}`, doing: nameChange(change) }, nodeReply, signal)

const askFor = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<void> => {
  for (let tried = 1; ; tried++) {
    const { Spec, Version } = await getNode(api, change, signal)
    if (Spec.Role === change.role) return
    const path = `/nodes/${change.nodeId}/update`
    const body = { ...Spec, Role: change.role }
    const query = { version: Version.Index }
    try {
      return await api.send({ method: 'POST', path, query, body, doing: nameChange(change) }, signal)
    } catch (error) {
      const isStale = error instanceof EngineError && error.code === 'version'
      if (!isStale || tried >= maxTries) throw error
    }
  }
}

/** The role is granted at once; the Raft takes the node in or lets it go after that, and may elect meanwhile. */
const awaitRole = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<void> => {
  const untilMs = change.now() + longestMs
  while (!(await hasRole(api, change, signal))) {
    if (change.now() >= untilMs) {
      const message = `${nameChange(change)}: asked for, and not so after ${longestMs / 1000} s; look with "docker node ls"`
      throw new EngineError('timeout', message)
    }
    await delay(pauseMs, undefined, { signal }).catch((cause: unknown) => {
      throw new EngineError('timeout', `${nameChange(change)}: stopped before it was so`, { cause, retry: false })
    })
  }
}

const hasRole = async (api: Api, change: RoleChange, signal: AbortSignal): Promise<boolean> => {
  try {
    const { ManagerStatus } = await getNode(api, change, signal)
    return change.role === 'manager' ? ManagerStatus?.Reachability === 'reachable' : ManagerStatus == null
  } catch (error) {
    if (error instanceof EngineError && error.retry && !signal.aborted) return false
    throw error
  }
}
