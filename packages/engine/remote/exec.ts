import type { ExecRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { conductExec } from './conduct-exec.ts'
import type { SocketClient } from './socket-client.ts'

/** Runs a program through the agent. Leaving (the signal, a lost connection) ends it there; so does its end here. */
export const execRemotely = async (
  socket: SocketClient,
  { request, nodeId }: { readonly request: ExecRequest; readonly nodeId: string | undefined },
  signal: AbortSignal,
): Promise<number> => {
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const doing = `run ${request.argv[0] ?? ''} in task ${request.taskId}`
  const { taskId } = request
  try {
    return await conductExec(socket.converse('exec', nodeId, ended), { request, start: { taskId }, doing }, ended)
  } catch (cause) {
    const error = socket.describe('exec', cause, signal)
    // A program that had begun must not be run again by somebody who does not know how far it came.
    throw error.code === 'unreachable' ? new EngineError('unreachable', error.message, { cause, retry: false }) : error
  } finally {
    ending.abort()
  }
}
