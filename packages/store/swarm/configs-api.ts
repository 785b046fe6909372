/** A Swarm config as the store needs it. */
export interface StoredConfig {
  readonly id: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly data: Uint8Array
  /** `Version.Index` of the engine: the place of its creation in the Raft's log, as it is never changed. */
  readonly index: number
  /** By the clock of the manager that made it; absent when the engine does not tell. */
  readonly createdAtMs?: number
}

export interface ConfigFilter {
  /** Only configs that carry all of these. */
  readonly labels: Readonly<Record<string, string>>
  /** Only names that begin so. */
  readonly namePrefix?: string
}

/** A config was created or removed. */
export interface ConfigEvent {
  readonly name: string
}

/**
 * What the store needs of an engine, and all it knows of it. Answers come from the Raft leader, so that what was
 * acknowledged is seen. Every call ends with its signal and by a timeout of its own.
 *
 * A failed call throws an Error that is a ConfigsFailure, as EngineError of @atoll/engine is.
 */
export interface ConfigsApi {
  /** Gives the id. Fails with code `name-taken` when a config of this name exists, whoever made it. */
  create(config: Omit<StoredConfig, 'id' | 'index' | 'createdAtMs'>, signal: AbortSignal): Promise<string>
  /** With their data. */
  list(filter: ConfigFilter, signal: AbortSignal): Promise<readonly StoredConfig[]>
  /** By id. Removing what is not there is no error. */
  remove(id: string, signal: AbortSignal): Promise<void>
  /** Config events of this cluster from now on; ends when the connection does, without an error when the signal came. */
  events(signal: AbortSignal): AsyncIterable<ConfigEvent>
}

/** `no-quorum`, `unreachable`, `timeout` and `name-taken` mean something to the store, any other code is a refusal. */
export interface ConfigsFailure {
  readonly code: string
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry: boolean
  readonly message: string
}
