import type { Observed, ObservedTask } from '@atoll/plan'
import { EngineError } from './errors.ts'
import type { TaskSample, TaskUsage } from './reach.ts'

/** Asks the engine of one node for all of its tasks at once; ends with the signal. */
export type AskNode = (
  nodeId: string,
  taskIds: readonly string[],
  signal: AbortSignal,
) => Promise<readonly TaskSample[]>

export interface GatherOptions {
  readonly signal: AbortSignal
  /** Of each node; 9 s unless said, which is many times what a busy one takes. */
  readonly answerMs?: number
}

const defaultAnswerMs = 9_000

/**
 * What the running tasks of an environment use, every node asked once and all at the same time. A node that does not
 * answer fails nobody else.
 */
export const gatherStats = async (
  observed: Observed,
  ask: AskNode,
  options: GatherOptions,
): Promise<readonly TaskUsage[]> => {
  const tasks = listRunning(observed)
  const nodeIds = [...new Set(tasks.map(({ nodeId }) => nodeId))]
  const answers = new Map(
    await Promise.all(
      nodeIds.map(async (nodeId) => {
        if (observed.nodes.some(({ id, state }) => id === nodeId && state === 'down'))
          return [nodeId, 'it is down'] as const
        const own = tasks.filter((task) => task.nodeId === nodeId).map(({ taskId }) => taskId)
        return [nodeId, await askInTime((until) => ask(nodeId, own, until), options)] as const
      }),
    ),
  )
  return tasks.map((task) => {
    const answer = answers.get(task.nodeId)
    if (typeof answer === 'string') return { ...task, trouble: answer }
    const sample = answer?.find(({ taskId }) => taskId === task.taskId)
    return sample === undefined ? task : { ...task, sample }
  })
}

/** What it tells, or why it tells nothing. */
const askInTime = async <Told>(
  ask: (signal: AbortSignal) => Promise<Told>,
  { signal, answerMs = defaultAnswerMs }: GatherOptions,
): Promise<Told | string> => {
  const timer = AbortSignal.timeout(answerMs)
  try {
    return await ask(AbortSignal.any([signal, timer]))
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return timer.aborted ? `no answer for ${answerMs / 1000} s` : error.message
  }
}

const listRunning = ({ services, nodes }: Observed): readonly TaskUsage[] =>
  services
    .filter(({ isOwned }) => isOwned)
    .flatMap(({ engineName, definition, tasks }) =>
      tasks.filter(isRunning).map(({ id, slot, nodeId }) => ({
        service: definition?.name ?? engineName,
        taskId: id,
        ...(slot === undefined ? {} : { slot }),
        nodeId,
        node: nodes.find((node) => node.id === nodeId)?.name ?? nodeId,
        restarts: tasks.filter((task) => hasEnded(task) && isSamePlace(task, { slot, nodeId })).length,
      })),
    )

const isRunning = (task: ObservedTask): task is ObservedTask & { readonly nodeId: string } =>
  task.state === 'running' && task.nodeId !== undefined

const hasEnded = ({ state }: ObservedTask): boolean =>
  state === 'failed' || state === 'complete' || state === 'shutdown'

/** Tasks without a slot are one of each node. */
const isSamePlace = (
  task: ObservedTask,
  { slot, nodeId }: { readonly slot: number | undefined; readonly nodeId: string },
): boolean => (slot === undefined ? task.slot === undefined && task.nodeId === nodeId : task.slot === slot)
