import { setTimeout as delay } from 'node:timers/promises'
import type { EngineEvent, EnvironmentRef } from '../engine.ts'
import type { Api } from './client.ts'
import { environmentLabels } from './labels.ts'
import { eventReply, servicesReply, tasksReply } from './replies.ts'
import { readJsonLines } from './streams.ts'
import { ignoreEngineError } from './ignore-errors.ts'

/**
 * The engine has no events of tasks, so they are looked at: often while something moves, seldom when all is still.
 * `docker service create` looks every 200 ms.
 */
const busyMs = 200
const stillMs = 1_000
/** An engine that takes long to answer has tasks to start: it is left alone for so many times as long. */
const pausePerLook = 10
/** How long after a change it still counts as moving. */
const settleMs = 15_000
/** A tick comes at least this often: what the event stream lost is then seen all the same. */
const tickMs = 5_000
const maxQueued = 256

export interface WatchOptions {
  readonly ref: EnvironmentRef
  readonly now: () => number
}

/** Ends with the signal. Failures of the engine are waited out: an observer finds them by its own calls. */
export async function* watchEnvironment(
  api: Api,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncIterable<EngineEvent> {
  const queue = openQueue()
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  const stop = (): void => queue.close()
  signal.addEventListener('abort', stop, { once: true })
  const pumps = [
    followEvents(api, options, { queue, signal: ended }),
    followTasks(api, options, { queue, signal: ended }),
  ]
  try {
    yield { kind: 'tick', atMs: options.now() }
    if (!signal.aborted) yield* queue.events()
  } finally {
    signal.removeEventListener('abort', stop)
    ending.abort()
    await Promise.all(pumps)
  }
}

interface Pump {
  readonly queue: Queue
  readonly signal: AbortSignal
}

const eventKinds = ['service', 'node', 'network', 'config', 'secret'] as const

/** Events of this environment's objects and of all nodes, from whichever manager answers. */
const followEvents = async (api: Api, { ref, now }: WatchOptions, { queue, signal }: Pump): Promise<void> => {
  const filters = { type: eventKinds, scope: ['swarm'] }
  while (!signal.aborted) {
    try {
      const stream = await api.stream({ method: 'GET', path: '/events', query: { filters } }, signal)
      for await (const line of readJsonLines(stream)) {
        const event = eventReply.safeParse(line).data
        const kind = eventKinds.find((kind) => kind === event?.Type)
        const name = event?.Actor?.Attributes['name'] ?? ''
        // An event carries the name of its object but not its labels; what Atoll makes begins with the environment.
        if (kind === 'node' || (kind && name.startsWith(`${ref.app}_${ref.environment}_`)))
          queue.push({ kind, ...(event?.Actor?.ID && { id: event.Actor.ID }), atMs: now() })
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
    }
    await pause(stillMs, signal)
  }
}

/** Compares the versions of all tasks with those seen before. */
const followTasks = async (api: Api, { ref, now }: WatchOptions, { queue, signal }: Pump): Promise<void> => {
  let seen: ReadonlyMap<string, number> | undefined
  let changedMs = now()
  let tickedMs = now()
  while (!signal.aborted) {
    const beganMs = now()
    const found = await listTaskVersions(api, ref, signal).catch(ignoreEngineError)
    const changed = found === undefined || seen === undefined ? [] : differences(seen, found)
    seen = found ?? seen
    for (const id of changed) queue.push({ kind: 'task', id, atMs: now() })
    if (changed.length > 0) changedMs = now()
    if (changed.length > 0) tickedMs = now()
    else if (now() - tickedMs >= tickMs) {
      tickedMs = now()
      queue.push({ kind: 'tick', atMs: now() })
    }
    const isBusy = now() - changedMs < settleMs
    await pause(isBusy ? Math.min(stillMs, Math.max(busyMs, (now() - beganMs) * pausePerLook)) : stillMs, signal)
  }
}

const listTaskVersions = async (
  api: Api,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> => {
  const filters = { label: environmentLabels(ref) }
  const services = await api.json({ method: 'GET', path: '/services', query: { filters } }, servicesReply, signal)
  if (services.length === 0) return new Map()
  const query = { filters: { service: services.map((service) => service.ID) } }
  const tasks = await api.json({ method: 'GET', path: '/tasks', query }, tasksReply, signal)
  return new Map(tasks.map((task) => [task.ID, task.Version.Index]))
}

const differences = (before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly string[] => [
  ...[...after].filter(([id, version]) => before.get(id) !== version).map(([id]) => id),
  ...[...before.keys()].filter((id) => !after.has(id)),
]

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal }).catch(() => undefined)

interface Queue {
  push(event: EngineEvent): void
  close(): void
  events(): AsyncIterable<EngineEvent>
}

/** Holds what the reader has not taken yet. When full the oldest go: one event more or less says nothing new. */
const openQueue = (): Queue => {
  const waiting: EngineEvent[] = []
  let wake = (): void => undefined
  let isClosed = false
  return {
    push: (event) => {
      if (waiting.length >= maxQueued) waiting.shift()
      waiting.push(event)
      wake()
    },
    close: () => {
      isClosed = true
      wake()
    },
    events: async function* () {
      for (;;) {
        const event = waiting.shift()
        if (isClosed) return
        if (event !== undefined) yield event
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
