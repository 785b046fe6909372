import { createBell } from '../bell.ts'
import type { ConfigEvent, ConfigsApi, ConfigsFailure, StoredConfig } from './configs-api.ts'

/** The engine's limits, as far as the store has to keep them. */
const MAX_DATA_BYTES = 500 * 1024
const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,62}[a-zA-Z0-9])?$/

export class FakeConfigsError extends Error implements ConfigsFailure {
  override readonly name = 'FakeConfigsError'
  readonly code: string
  readonly retry: boolean

  constructor(code: string, retry = false) {
    super(`the fake engine says ${code}`)
    this.code = code
    this.retry = retry
  }
}

export interface FakeConfigs extends ConfigsApi {
  /** What lies in the cluster now. */
  readonly stored: ReadonlyMap<string, StoredConfig>
}

/**
 * Configs of a cluster that is not there. Names are unique and every call takes effect at one moment; `takeTurn` stands
 * before and after that moment: it may delay, or throw in place of the engine. Without a clock it does not tell when a
 * config was made.
 */
export const createFakeConfigs = (
  takeTurn: (call: string) => Promise<void> = async () => undefined,
  clock?: { now(): number },
): FakeConfigs => {
  const stored = new Map<string, StoredConfig>()
  const listeners = new Set<(event: ConfigEvent) => void>()
  let made = 0
  const tell = (name: string): void => {
    for (const listener of listeners) listener({ name })
  }
  const during = async <T>(call: string, signal: AbortSignal, effect: () => T): Promise<T> => {
    await takeTurn(call)
    if (signal.aborted) throw new FakeConfigsError('timeout')
    const result = effect()
    await takeTurn(`${call} answered`)
    return result
  }
  return {
    stored,
    create: (config, signal) =>
      during('create', signal, () => {
        if (!NAME.test(config.name) || config.data.length >= MAX_DATA_BYTES) throw new FakeConfigsError('invalid')
        if ([...stored.values()].some(({ name }) => name === config.name)) throw new FakeConfigsError('name-taken')
        const id = `id-${++made}`
        stored.set(id, { ...config, id, index: made, ...(clock && { createdAtMs: clock.now() }) })
        tell(config.name)
        return id
      }),
    list: ({ labels, namePrefix = '' }, signal) =>
      during('list', signal, () =>
        [...stored.values()].filter(
          (config) =>
            config.name.startsWith(namePrefix) &&
            Object.entries(labels).every(([label, value]) => config.labels[label] === value),
        ),
      ),
    remove: (id, signal) =>
      during('remove', signal, () => {
        const name = stored.get(id)?.name
        if (stored.delete(id) && name !== undefined) tell(name)
      }),
    events: (signal) => listenTo(listeners, signal),
  }
}

async function* listenTo(
  listeners: Set<(event: ConfigEvent) => void>,
  signal: AbortSignal,
): AsyncGenerator<ConfigEvent, void> {
  const queue: ConfigEvent[] = []
  const bell = createBell()
  const listener = (event: ConfigEvent): void => {
    queue.push(event)
    bell.ring()
  }
  listeners.add(listener)
  try {
    for (; !signal.aborted; await bell.wait(signal)) yield* queue.splice(0)
  } finally {
    listeners.delete(listener)
  }
}
