import type { LogLine, NodeEngine } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { describeGap } from './log-gap.ts'
import type { Gap } from './log-gap.ts'
import { silenceMs, startSilence } from './log-silence.ts'
import type { Silence } from './log-silence.ts'
import { nameOf } from './log-stream.ts'
import type { LogRequest } from './log-stream.ts'
import { mergeLines } from './merge-lines.ts'
import type { NodeClients } from './node-clients.ts'
import { observeNodes } from './observe-nodes.ts'
import { tasksReply } from './replies.ts'
import type { TaskReply } from './replies.ts'
import { readTaskLog } from './task-log.ts'

/** Logs of the tasks of one node, wherever it is. */
export type LogHost = Pick<NodeEngine, 'readLog'>
export type FindLogHost = (nodeId: string) => LogHost | undefined

export interface LogTools {
  readonly api: Api
  readonly nodes: NodeClients
  readonly elsewhere?: FindLogHost | undefined
}

interface Filling extends LogRequest {
  readonly gap: Gap
}

/**
 * Lines of nodes that the manager has lost sight of, from their own engines. Those that cannot be reached are told as missing,
 * by name: when all else has come, or at once if the log is followed. Ends with the signal.
 */
export async function* fillGap(tools: LogTools, filling: Filling, signal: AbortSignal): AsyncIterable<LogLine> {
  const { gap, query } = filling
  let newestMs = Math.max(0, ...gap.lastMs.values())
  const missing = new Set<string>()
  const tellMissing = async (nodeIds: readonly string[]): Promise<LogLine> => {
    const text = describeGap(await nameNodes(tools.api, nodeIds, signal))
    return { service: nameOf(filling), taskId: '', stream: 'stderr', atMs: newestMs, text }
  }
  const tasks = await listTasks(tools.api, filling, signal)
  const streams = gap.nodeIds.map((nodeId) => readNode(tools, { ...filling, nodeId, tasks: tasks(nodeId) }, signal))
  for await (const item of mergeLines(streams, { isLive: query.follow })) {
    if (item.kind === 'line') {
      newestMs = Math.max(newestMs, item.atMs)
      yield item.line
    } else if (query.follow) yield await tellMissing([item.nodeId])
    else missing.add(item.nodeId)
  }
  if (missing.size > 0) yield await tellMissing(gap.nodeIds.filter((nodeId) => missing.has(nodeId)))
}

type Item =
  | { readonly kind: 'line'; readonly atMs: number; readonly line: LogLine }
  | { readonly kind: 'missing'; readonly atMs: number; readonly nodeId: string }

interface NodeFilling extends Filling {
  readonly nodeId: string
  /** Undefined: not known. */
  readonly tasks: readonly TaskReply[] | undefined
}

/** One that does not answer fails nobody else. */
async function* readNode(tools: LogTools, filling: NodeFilling, signal: AbortSignal): AsyncIterable<Item> {
  const { nodeId, tasks, query } = filling
  const leaving = new AbortController()
  const silence = startSilence(query.follow)
  const ended = AbortSignal.any([signal, silence.signal, leaving.signal])
  try {
    if (tasks === undefined) throw new EngineError('unreachable', `read the logs of node ${nodeId}: no manager answers`)
    if (tasks.length === 0) return
    const host = await findHost(tools, nodeId, ended)
    const logs = tasks.map((task) => readTask(host, { ...filling, task, silence }, ended))
    yield* query.follow ? mergeLines(logs, { isLive: true }) : inTurn(logs)
  } catch (error) {
    if (signal.aborted) return
    if (!(error instanceof EngineError)) throw error
    yield { kind: 'missing', atMs: 0, nodeId }
  } finally {
    silence.end()
    leaving.abort()
  }
}

const findHost = async ({ nodes, elsewhere }: LogTools, nodeId: string, signal: AbortSignal): Promise<LogHost> => {
  const client = await nodes.find(nodeId, AbortSignal.any([signal, AbortSignal.timeout(silenceMs)]))
  if (client !== undefined) return { readLog: (query, ended) => readTaskLog(client, query, ended) }
  const host = elsewhere?.(nodeId)
  if (host !== undefined) return host
  throw new EngineError('unreachable', `read the logs of node ${nodeId}: its engine cannot be reached from here`)
}

interface TaskFilling extends Filling {
  readonly nodeId: string
  readonly task: TaskReply
  readonly silence: Silence
}

/** What has not come through the manager. A container that was removed has taken its log along. */
async function* readTask(host: LogHost, filling: TaskFilling, signal: AbortSignal): AsyncIterable<Item> {
  const { nodeId, task, silence, gap, query } = filling
  const lastMs = gap.lastMs.get(task.ID) ?? -1
  const about = {
    service: nameOf(filling),
    taskId: task.ID,
    nodeId,
    ...(task.Slot !== undefined && { slot: task.Slot }),
  }
  try {
    for await (const line of silence.listen(host.readLog({ ...query, taskId: task.ID }, signal)))
      if (line.atMs > lastMs) yield { kind: 'line', atMs: line.atMs, line: { ...about, ...line } }
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'not-found')) throw error
  }
}

/** One connection to a node at a time. */
async function* inTurn(logs: readonly AsyncIterable<Item>[]): AsyncIterable<Item> {
  for (const log of logs) yield* log
}

/** Those that had a container, by node; undefined when no manager answers soon. */
const listTasks = async (
  api: Api,
  { service, query: { taskId } }: LogRequest,
  signal: AbortSignal,
): Promise<(nodeId: string) => readonly TaskReply[] | undefined> => {
  const filters = taskId === undefined ? { service: [service.ID] } : { id: [taskId] }
  const soon = AbortSignal.any([signal, AbortSignal.timeout(silenceMs)])
  try {
    const tasks = await api.json({ method: 'GET', path: '/tasks', query: { filters } }, tasksReply, soon)
    return (nodeId) => tasks.filter((task) => task.NodeID === nodeId && task.Status.ContainerStatus?.ContainerID)
  } catch (error) {
    if (error instanceof EngineError) return () => undefined
    throw error
  }
}

const nameNodes = async (api: Api, nodeIds: readonly string[], signal: AbortSignal): Promise<string> => {
  const nodes = await observeNodes(api, signal).catch(() => [])
  return nodeIds.map((id) => nodes.find((node) => node.id === id)?.name ?? `node ${id}`).join(' and ')
}
