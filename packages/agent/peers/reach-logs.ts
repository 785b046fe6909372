import { EngineError } from '@atoll/engine'
import { readItems, verbs } from '@atoll/engine/remote'
import type { LogHost } from '@atoll/engine/swarm'
import { answered } from './answered.ts'
import type { Peers } from './peers.ts'

const verb = 'readLog'
const headers = { 'content-type': 'application/json' }

/** Logs of the tasks of another node, by its agent. Throws EngineError, with the signal too. */
export const reachLogs = (peers: Peers, nodeId: string): LogHost => ({
  async *readLog({ taskId, follow, sinceMs, tail }, signal) {
    try {
      await using conversation = await peers.converse({ nodeId, path: `/v1/${verb}`, headers }, signal)
      conversation.outgoing.end(JSON.stringify({ taskId, follow, sinceMs, tail }))
      yield* readItems(await answered(conversation, verb), { item: verbs.readLog.item, doing: verb })
    } catch (cause) {
      if (cause instanceof EngineError) throw cause
      const text = cause instanceof Error ? cause.message : String(cause)
      throw new EngineError('unreachable', `read the log of task ${taskId} on node ${nodeId}: ${text}`, { cause })
    }
  },
})
