export type StoreErrorCode =
  /** Somebody else wrote this revision, or there is another newest one than the writer knew. */
  | 'conflict'
  /** The cluster has no leader now: nothing can be written. */
  | 'no-quorum'
  | 'unreachable'
  | 'timeout'
  /** The engine will not do this. */
  | 'refused'
  /** The value is no plain JSON. */
  | 'not-json'
  | 'too-large'
  /** What is stored cannot be read. */
  | 'corrupt'
  /** Written by a newer Atoll. */
  | 'newer-format'

interface Details {
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry?: boolean
  readonly cause?: unknown
}

/** The only error Documents throw, ConflictError being one. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode
  readonly retry: boolean

  constructor(code: StoreErrorCode, message: string, { retry = false, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
    this.retry = retry
  }
}

/** A lost race. Trying the same again cannot help: read the document and decide anew. */
export class ConflictError extends StoreError {
  override readonly name = 'ConflictError'
  declare readonly code: 'conflict'

  constructor(message: string, cause?: unknown) {
    super('conflict', message, cause === undefined ? {} : { cause })
  }
}

export type SealErrorCode =
  /** The key it names is not in the keyring. */
  | 'missing-key'
  /** Changed, or moved from another place. */
  | 'tampered'
  /** No sealed value at all. */
  | 'malformed'
  | 'bad-keyring'
  | 'too-large'

/** A value that cannot be sealed or opened. Trying the same again cannot help. No message holds a value or a key. */
export class SealError extends Error {
  override readonly name = 'SealError'
  readonly code: SealErrorCode
  readonly retry = false

  constructor(code: SealErrorCode, message: string, { cause }: { readonly cause?: unknown } = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }
}
