import type { App } from '@atoll/spec'
import type { Engine } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import type { Documents } from '@atoll/store'
import { createMemoryDocuments } from '@atoll/store/memory'
import type { Clock, Context, RunOptions } from './context.ts'
import type { DeploymentEvent } from './records.ts'

/** A world for tests: a fake engine, documents in memory, and time that passes only while somebody waits for it. */
export const openStage = ({ nodes = 3 }: { readonly nodes?: number } = {}) => {
  const engine = openFakeEngine({ nodes, isAutomatic: false })
  const clock = createClock(engine.clock.now)
  const documents = createMemoryDocuments({ clock })
  const never = new AbortController().signal
  let tokens = 0
  const createContext = (owner: string, over: { engine?: Engine; documents?: Documents } = {}): Context => ({
    engine,
    documents,
    clock,
    owner,
    newToken: () => `${owner}-${(tokens += 1)}`,
    ...over,
  })
  /** Lets time pass until the work is done; a work that waits for more than a day of it is a failure. */
  const settle = async <T>(work: Promise<T>): Promise<T> => {
    const state = { isDone: false }
    const mark = (): void => void (state.isDone = true)
    work.then(mark, mark)
    const untilMs = clock.now() + 24 * 3_600_000
    for (await flush(); !state.isDone; await flush()) {
      if (clock.now() > untilMs) throw new Error('the work did not end within a day')
      const nextMs = clock.nextMs() ?? clock.now() + 1_000
      engine.tick(Math.max(nextMs - clock.now(), 1))
      clock.ring()
    }
    return work
  }
  return {
    engine,
    clock,
    documents,
    signal: never,
    createContext,
    settle,
    /** Like `settle`, for the time alone. */
    pass: (ms: number): Promise<void> => settle(clock.wait(ms, never)),
    observe: (app: App) => engine.observe({ app: app.name, environment: app.environment }, never),
  }
}

export type Stage = ReturnType<typeof openStage>

/** Options that keep what was told. */
export const listen = (signal = new AbortController().signal): RunOptions & { readonly events: DeploymentEvent[] } => {
  const events: DeploymentEvent[] = []
  return { events, signal, onEvent: (event) => void events.push(event) }
}

/**
 * Everything that can happen without time has happened once the event loop has turned and no file is being read: on a busy
 * machine that takes many turns, in which a lease would run out.
 */
const flush = async (): Promise<void> => {
  do await new Promise((resolve) => setImmediate(resolve))
  while (process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq')))
}

interface Alarm {
  readonly atMs: number
  readonly ring: () => void
}

const createClock = (now: () => number): Clock & { nextMs(): number | undefined; ring(): void } => {
  const alarms = new Set<Alarm>()
  return {
    now,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const stop = (): void => {
          alarms.delete(alarm)
          reject(signal.reason as Error)
        }
        const alarm: Alarm = {
          atMs: now() + ms,
          ring: () => {
            signal.removeEventListener('abort', stop)
            resolve()
          },
        }
        alarms.add(alarm)
        signal.addEventListener('abort', stop, { once: true })
      }),
    nextMs: () => (alarms.size === 0 ? undefined : Math.min(...[...alarms].map(({ atMs }) => atMs))),
    ring: () => {
      for (const alarm of [...alarms].filter(({ atMs }) => atMs <= now())) {
        alarms.delete(alarm)
        alarm.ring()
      }
    },
  }
}
