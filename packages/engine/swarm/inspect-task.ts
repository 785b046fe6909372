import type { z } from 'zod'
import type { TaskDetail } from '../engine.ts'
import type { Api } from './client.ts'
import type { NodeClients } from './node-clients.ts'
import { containerReply, taskReply } from './replies.ts'
import type { TaskReply } from './replies.ts'

/** The kernel ends a process that is over its memory limit with SIGKILL: 128 + 9. */
const killedStatus = 137

/**
 * What the task's container says of its end. A manager knows only the exit status; health output and "out of memory" are
 * known to the node's engine, and are left out when it cannot be reached or has removed the container.
 */
export const inspectTask = async (
  { api, nodes }: { readonly api: Api; readonly nodes: NodeClients },
  taskId: string,
  signal: AbortSignal,
): Promise<TaskDetail> => {
  const task = await api.json(
    { method: 'GET', path: `/tasks/${taskId}`, doing: `inspect task ${taskId}` },
    taskReply,
    signal,
  )
  const container = await findContainer(task, nodes, signal)
  if (container === undefined) return detailOf(task)
  const detail = describeContainer(container)
  return { ...detail, ...errorOf(detail.error ?? task.Status.Err) }
}

/** What an engine says of a container of its own. */
export const describeContainer = ({ State }: z.infer<typeof containerReply>): TaskDetail => {
  const { ExitCode, OOMKilled, Error: text, Health, Status } = State
  return {
    ...(Status === 'exited' && { exitCode: ExitCode }),
    // Docker 20.10 on some kernels misses the event of a child process; a kill nobody asked for is told by the manager.
    isOutOfMemory: OOMKilled,
    health: (Health?.Log ?? []).map((probe) => ({ exitCode: probe.ExitCode, output: probe.Output, atMs: probe.Start })),
    ...errorOf(text),
  }
}

const detailOf = ({ Status }: TaskReply): TaskDetail => {
  const exitCode = Status.ContainerStatus?.ExitCode
  const hasEnded = Status.State === 'failed' || Status.State === 'complete'
  return {
    ...(hasEnded && exitCode !== undefined && { exitCode }),
    isOutOfMemory: exitCode === killedStatus && /OOM|out of memory/i.test(Status.Err ?? ''),
    health: [],
    ...errorOf(Status.Err),
  }
}

const errorOf = (text: string | undefined): Pick<TaskDetail, 'error'> =>
  text === undefined || text === '' ? {} : { error: text }

const findContainer = async ({ NodeID, Status }: TaskReply, nodes: NodeClients, signal: AbortSignal) => {
  const id = Status.ContainerStatus?.ContainerID
  if (!NodeID || !id) return undefined
  const node = await nodes.find(NodeID, signal)
  return node?.json({ method: 'GET', path: `/containers/${id}/json` }, containerReply, signal).catch(() => undefined)
}
