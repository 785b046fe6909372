import type { Observed } from '@atoll/plan'
import type { EnvironmentRef, ExecRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { gatherStats } from '../gather-stats.ts'
import type { TaskReach } from '../reach.ts'
import { conduct } from './conduct-exec.ts'
import type { SocketClient } from './socket-client.ts'
import type { BytesVerb, CallName, ReplyOf } from './verbs.ts'

/** What is asked of the agents: of this node's, and through it of the task's own. */
export interface Asker {
  readonly socket: SocketClient
  readonly observe: (ref: EnvironmentRef, signal: AbortSignal) => Promise<Observed>
  readonly locate: (taskId: string, signal: AbortSignal) => Promise<string | undefined>
  readonly askNode: <Name extends CallName>(
    call: { readonly name: Name; readonly nodeId?: string | undefined },
    body: object,
    signal: AbortSignal,
  ) => Promise<ReplyOf<Name>>
}

export const openRemoteReach = (asker: Asker): TaskReach => ({
  stats: async (ref, signal) =>
    gatherStats(
      await asker.observe(ref, signal),
      (nodeId, taskIds, until) => asker.askNode({ name: 'sample', nodeId }, { taskIds }, until),
      { signal },
    ),
  statFile: async ({ taskId, path }, signal) => {
    const nodeId = await asker.locate(taskId, signal)
    return (await asker.askNode({ name: 'statFile', nodeId }, { taskId, path }, signal)).found
  },
  readFiles: ({ taskId, path, take }, signal) =>
    converse(asker, { verb: 'readFiles', taskId, start: { path }, doing: `read ${path}`, stdout: take }, signal),
  writeFiles: ({ taskId, path, tar }, signal) =>
    converse(asker, { verb: 'writeFiles', taskId, start: { path }, doing: `write to ${path}`, stdin: tar }, signal),
  forward: ({ taskId, ports, input, output }, signal) => {
    const doing = `reach ports of task ${taskId}`
    return converse(asker, { verb: 'forward', taskId, start: { ports }, doing, stdin: input, stdout: output }, signal)
  },
})

interface Conversing extends Partial<Pick<ExecRequest, 'stdin' | 'stdout'>> {
  readonly verb: BytesVerb
  readonly taskId: string
  readonly start: object
  /** Begins messages. */
  readonly doing: string
}

/** Bytes both ways with the agent of the task's node. Leaving (the signal, a lost connection) ends it there. */
const converse = async (
  { socket, locate }: Asker,
  { verb, taskId, start, doing, stdin, stdout }: Conversing,
  signal: AbortSignal,
): Promise<void> => {
  const nodeId = await locate(taskId, signal)
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const request = { stdout: stdout ?? ignore, stderr: ignore, ...(stdin === undefined ? {} : { stdin }) }
  try {
    await conduct(socket.converse(verb, nodeId, ended), { request, start: { ...start, taskId }, doing }, ended)
  } catch (cause) {
    const error = socket.describe(verb, cause, signal)
    // What was sent was read, and comes no second time.
    throw error.code === 'unreachable' ? new EngineError('unreachable', error.message, { cause, retry: false }) : error
  } finally {
    ending.abort()
  }
}

const ignore = (): void => undefined
