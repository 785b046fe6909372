import { pathTo } from '@atoll/api'
import type { Client } from '@atoll/api'
import { EngineError } from '@atoll/engine'
import type { EnvironmentRef, ExecRequest } from '@atoll/engine'
import type { ClusterReach } from '../cluster/task-reach.ts'
import { CommandError } from '../errors.ts'
import type { OpenExecConnection } from './exec-connection.ts'
import { getRunningTask } from './find-task.ts'

interface Tools {
  readonly client: Client
  readonly open: OpenExecConnection
}

/** A control reaches into tasks; what has bytes is a connection of its own. */
export const openPlatformReach = ({ client, open }: Tools): ClusterReach => {
  const talk = (route: Route, conversation: Conversation, signal: AbortSignal): Promise<void> =>
    converse(open, { route, ...conversation }, signal)
  return {
    stats: async (params, signal) => (await client.call('getStats', { params }, signal)).items,
    findTask: async ({ ref, task: wanted, doing }, signal) =>
      getRunningTask(await client.call('getStatus', { params: ref }, signal), { wanted, doing }),
    statFile: async ({ ref, taskId, path }, signal) =>
      (await client.call('statFile', { params: { ...ref, task: taskId }, query: { path } }, signal)).found,
    readFiles: ({ ref, taskId, path, take }, signal) =>
      talk('readFiles', { ref, taskId, start: { path }, doing: `read ${path}`, stdout: take }, signal),
    writeFiles: ({ ref, taskId, path, tar }, signal) =>
      talk('writeFiles', { ref, taskId, start: { path }, doing: `write to ${path}`, stdin: tar }, signal),
    forward: ({ ref, taskId, ports, input, output }, signal) => {
      const doing = `reach ports of task ${taskId}`
      return talk('forwardPorts', { ref, taskId, start: { ports }, doing, stdin: input, stdout: output }, signal)
    },
  }
}

type Route = 'readFiles' | 'writeFiles' | 'forwardPorts'

interface Conversation extends Partial<Pick<ExecRequest, 'stdin' | 'stdout'>> {
  readonly ref: EnvironmentRef
  readonly taskId: string
  readonly start: object
  /** Begins messages. */
  readonly doing: string
}

/** Throws CommandError `connection-lost` when the other end is gone in the middle. */
const converse = async (
  open: OpenExecConnection,
  { route, ref, taskId, start, doing, stdin, stdout }: Conversation & { readonly route: Route },
  signal: AbortSignal,
): Promise<void> => {
  const { conduct } = await import('@atoll/engine/remote')
  await using connection = await open(pathTo(route, { ...ref, task: taskId }), signal)
  const { socket, url } = connection
  const stop = (): void => void socket.destroy()
  signal.addEventListener('abort', stop, { once: true })
  const ends = { stdout: stdout ?? ignore, stderr: ignore, ...(stdin === undefined ? {} : { stdin }) }
  try {
    await conduct({ outgoing: socket, incoming: Promise.resolve(socket) }, { request: ends, start, doing }, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw describe(error, { doing, url })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const ignore = (): void => undefined

/** What the other end refused is said as it is. */
const describe = (error: unknown, { doing, url }: { readonly doing: string; readonly url: string }): unknown => {
  if (error instanceof EngineError && error.code !== 'unreachable') return error
  const message = error instanceof Error ? error.message : String(error)
  const text = message.startsWith(doing) ? message : `${doing}: ${message}`
  return new CommandError('connection-lost', `${text} (asked ${url})`, { hint: 'run it again', cause: error })
}
