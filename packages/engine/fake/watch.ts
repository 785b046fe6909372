import type { EngineEvent, EnvironmentRef, LogLine, LogQuery } from '../engine.ts'
import { stepMs } from './tick.ts'
import { isOwner } from './world.ts'
import type { World } from './world.ts'

/** How the fake's time passes for whoever waits. */
export interface Flow {
  /** Lets a step pass when time flows by itself, else waits until somebody lets it pass; ends with the signal. */
  pass(signal: AbortSignal): Promise<void>
}

const maxQueued = 100
const tickMs = 1_000

/** Every change of the environment or of the nodes, and a tick when nothing happened for a second. */
export async function* watchWorld(
  world: World,
  { ref, flow }: { readonly ref: EnvironmentRef; readonly flow: Flow },
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const queue: EngineEvent[] = []
  const listen = (event: EngineEvent, owner: EnvironmentRef | undefined): void => {
    if ((owner === undefined || isOwner(owner, ref)) && queue.length < maxQueued) queue.push(event)
  }
  world.listeners.add(listen)
  try {
    let quietSinceMs = world.nowMs
    while (!signal.aborted) {
      if (world.nowMs - quietSinceMs >= tickMs) queue.push({ kind: 'tick', atMs: world.nowMs })
      if (queue.length > 0) quietSinceMs = world.nowMs
      yield* queue.splice(0)
      if (!signal.aborted && world.nowMs - quietSinceMs < tickMs) await flow.pass(signal)
    }
  } finally {
    world.listeners.delete(listen)
  }
}

/** Lines of the environment's tasks, oldest first; with `follow` also those to come. */
export async function* readLogs(
  world: World,
  { query, flow }: { readonly query: LogQuery; readonly flow: Flow },
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const isAsked = ({ ref, line }: { ref: EnvironmentRef; line: LogLine }): boolean =>
    isOwner(ref, query.ref) &&
    (query.services.length === 0 || query.services.includes(line.service)) &&
    (query.taskId === undefined || query.taskId === line.taskId) &&
    line.atMs >= (query.sinceMs ?? 0)
  const findLines = (): readonly LogLine[] =>
    world.logs.map(({ ref, ...line }) => ({ ref, line })).flatMap((entry) => (isAsked(entry) ? [entry.line] : []))
  const past = findLines()
  yield* query.tail === undefined ? past : keepLast(past, query.tail)
  let lastMs = world.nowMs
  while (query.follow && !signal.aborted) {
    await flow.pass(signal)
    const sinceMs = lastMs
    lastMs = world.nowMs
    yield* findLines().filter((line) => line.atMs > sinceMs)
  }
}

/** The last lines of each task. */
const keepLast = (lines: readonly LogLine[], count: number): readonly LogLine[] => {
  const byTask = Map.groupBy(lines, ({ taskId }) => taskId)
  const kept = new Set([...byTask.values()].flatMap((own) => own.slice(Math.max(0, own.length - count))))
  return lines.filter((line) => kept.has(line))
}

/** Time that flows whenever somebody waits for it: a test of minutes ends in milliseconds. */
export const createAutomaticFlow = (letPass: (ms: number) => void): Flow => ({
  pass: async () => {
    await new Promise((resolve) => setImmediate(resolve))
    letPass(stepMs)
  },
})

/** Time that stands still until a test lets it pass. */
export const createHeldFlow = (): Flow & { readonly release: () => void } => {
  const waiting = new Set<() => void>()
  return {
    release: () => {
      for (const resume of waiting) resume()
      waiting.clear()
    },
    pass: (signal) =>
      new Promise((resolve) => {
        waiting.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
}
