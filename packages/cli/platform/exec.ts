import { pathTo } from '@atoll/api'
import type { Client } from '@atoll/api'
import { EngineError } from '@atoll/engine'
import type { ServiceExec } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import type { OpenExecConnection } from './exec-connection.ts'
import { getRunningTask } from './find-task.ts'

/** Runs a command in a task, wherever it is. Throws CommandError `connection-lost` when nobody knows how it ended. */
export const execOverPlatform = async (
  { client, open }: { readonly client: Client; readonly open: OpenExecConnection },
  { ref, task, ...request }: ServiceExec,
  signal: AbortSignal,
): Promise<number> => {
  const status = await client.call('getStatus', { params: ref }, signal)
  const { taskId } = getRunningTask(status, { wanted: task, doing: `run a command in ${task}` })
  const path = pathTo('execInTask', { ...ref, task: taskId })
  const doing = `run ${request.argv[0] ?? ''} in ${task} of ${ref.app}/${ref.environment}`
  // Most commands need no frames, and the start of all is quicker without them.
  const { conductExec } = await import('@atoll/engine/remote')
  await using connection = await open(path, signal)
  try {
    const { socket } = connection
    const conversation = { outgoing: socket, incoming: Promise.resolve(socket) }
    return await conductExec(conversation, { request, start: {}, doing }, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw describe(error, { doing, url: connection.url })
  }
}

/** What the other end refused is said as it is; when it was lost, nobody knows how far the command came. */
const describe = (error: unknown, { doing, url }: { readonly doing: string; readonly url: string }): unknown => {
  const isRefusal = error instanceof EngineError && error.code !== 'unreachable'
  if (isRefusal) return error
  const message = error instanceof Error ? error.message : String(error)
  const text = error instanceof EngineError ? message : `${doing}: ${message}`
  return new CommandError('connection-lost', `${text} (asked ${url})`, {
    hint: 'whether the command has ended is not known; look before you run it again',
    cause: error,
  })
}
