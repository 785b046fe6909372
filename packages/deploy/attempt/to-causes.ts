import type { LogLine, TaskDetail } from '@atoll/engine'
import type { Observed } from '@atoll/plan'
import { exclusionsNow } from '@atoll/plan'
import type { Call } from '../context.ts'
import { explanations } from '../judge/engine-words.ts'
import type { Failure } from '../judge/failure.ts'
import { limits } from '../limits.ts'
import type { Cause } from '../records.ts'

/** Failures with the proof beside them: exit detail, health output, last log lines, and why no node would do. */
export const toCauses = (call: Call, failures: readonly Failure[], observed: Observed): Promise<readonly Cause[]> =>
  Promise.all(failures.map((failure) => toCause(call, failure, observed)))

const toCause = async (call: Call, failure: Failure, observed: Observed): Promise<Cause> => {
  const { taskId, nodeId, service, deaths } = failure
  const [detail, logs] = await Promise.all([findEnd(call, failure, observed), tailLogs(call, failure)])
  const { kind, what, hint } = refine(failure, detail)
  const found = observed.nodes.find(({ id }) => id === nodeId)
  const node = found?.name
  const exitCode = failure.exitCode ?? detail?.exitCode
  const told = kind === 'timeout' && found?.isLeader ? leaderHint(found.name) : hint
  return {
    kind,
    service,
    ...(taskId === undefined ? {} : { taskId }),
    ...(node === undefined ? {} : { node }),
    message: renderMessage({ service, what, node, deaths }),
    ...(told === undefined ? {} : { hint: told }),
    ...(exitCode === undefined ? {} : { exitCode }),
    health: (detail?.health ?? []).slice(-limits.healthOutputs).map(renderProbe),
    logs,
    nodes: kind === 'no-node' ? listNodes(observed, service) : [],
  }
}

/** The container knows what its task does not say: the kernel killed it, or the engine stopped it for its health. */
const refine = (failure: Failure, detail: TaskDetail | undefined): Pick<Failure, 'kind' | 'what' | 'hint'> => {
  if (detail?.isOutOfMemory) return { kind: 'out-of-memory', ...explanations.outOfMemory }
  const wasStopped = stopStatuses.has(failure.exitCode ?? detail?.exitCode ?? 0)
  const isUnwell = (detail?.health.at(-1)?.exitCode ?? 0) !== 0
  return failure.kind === 'exit' && wasStopped && isUnwell ? { kind: 'unhealthy', ...explanations.unhealthy } : failure
}

/** Ended by SIGKILL: 128 + 9. */
const killedStatus = 137

/** What a program ends with that is told to stop: well behaved, killed, or by the signal itself. */
const stopStatuses: ReadonlySet<number> = new Set([0, killedStatus, 143])

/** Seen with Docker 20.10 in the lab: after a leader is lost, the next one may never report its own tasks again. */
const leaderHint = (node: string): string =>
  `if its container runs all the same, ${node} lost touch with itself: "docker node demote ${node}", then promote it again`

/** "web exited with status 3 on node-2, 4 times". */
const renderMessage = (parts: { service: string; what: string; node: string | undefined; deaths: number }): string => {
  const { service, what, node, deaths } = parts
  const place = node === undefined ? '' : ` on ${node}`
  const times = deaths > 1 ? `, ${deaths} times` : ''
  return `${service} ${what}${place}${times}`.trimStart()
}

const renderProbe = ({ exitCode, output }: TaskDetail['health'][number]): string =>
  `status ${exitCode}: ${output.trim() === '' ? '(no output)' : output.trim()}`

/**
 * By the definition the engine has, which is pinned to the nodes of its volumes. Of a node that no rule excludes only the
 * engine knows what is missing: it is full.
 */
const listNodes = (observed: Observed, name: string): Cause['nodes'] => {
  const found = observed.services.find((service) => service.definition?.name === name)
  if (found?.definition === undefined) return []
  const reasons = new Map(exclusionsNow(found.definition, observed).map(({ node, reason }) => [node, reason]))
  const said = found.tasks.find(({ state, isCurrent }) => isCurrent && state === 'pending')
  const words = said?.error ?? said?.message ?? 'the engine gives no reason'
  const full = /port already in use/.test(words) ? 'has its port taken already' : `has no room left (${words})`
  return observed.nodes.map((node) => ({ node: node.name, reason: reasons.get(node.name) ?? full }))
}

/** A receipt without detail is better than none: the node may be gone, or the container already pruned. */
const findDetail = async (call: Call, taskId: string | undefined): Promise<TaskDetail | undefined> => {
  if (taskId === undefined) return undefined
  return orNothing(call, (signal) => call.context.engine.inspectTask(taskId, signal))
}

/**
 * An engine may miss that the kernel killed a task for its memory (the event races with the end), and a busy node may not answer
 * in time: of those that were killed alike, one that knows is enough.
 */
const findEnd = async (call: Call, failure: Failure, observed: Observed): Promise<TaskDetail | undefined> => {
  const { taskId, service, exitCode } = failure
  const detail = await findDetail(call, taskId)
  if (exitCode !== killedStatus || detail?.isOutOfMemory === true) return detail
  const tasks = observed.services.find(({ definition }) => definition?.name === service)?.tasks ?? []
  const alike = tasks.filter((task) => task.id !== taskId && task.isCurrent && task.exitCode === killedStatus)
  const others = await Promise.all(alike.slice(-limits.alikeTasks).map(({ id }) => findDetail(call, id)))
  return others.find((other) => other?.isOutOfMemory) ?? detail
}

/** A task without a node has no log, and engines complain of the question in it. */
const tailLogs = async (call: Call, { taskId, nodeId, service }: Failure): Promise<readonly string[]> => {
  if (taskId === undefined || nodeId === undefined) return []
  const query = { ref: call.ref, services: [service], taskId, follow: false, tail: limits.logLines }
  const lines: string[] = []
  const collect = async (signal: AbortSignal): Promise<void> => {
    for await (const line of call.context.engine.logs(query, signal)) lines.push(renderLine(line))
  }
  await orNothing(call, collect)
  return lines.slice(-limits.logLines)
}

const renderLine = ({ text }: LogLine): string => text.replace(/\r?\n$/, '')

/** What is not there within a moment, or cannot be had, is left out. */
const orNothing = async <T>(
  { context, signal }: Call,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> => {
  const limit = new AbortController()
  const bounded = AbortSignal.any([signal, limit.signal])
  try {
    return await Promise.race([ask(bounded), context.clock.wait(limits.logsMs, bounded).then(() => undefined)])
  } catch {
    signal.throwIfAborted()
    return undefined
  } finally {
    limit.abort(new Error('asked long enough'))
  }
}
