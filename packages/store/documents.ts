/** One versioned record. `revision` counts from 1; `value` is plain JSON. */
export interface Document<T = unknown> {
  readonly collection: string
  readonly id: string
  readonly revision: number
  readonly value: T
  readonly writtenAtMs: number
}

/**
 * The port to Atoll's own state. The newest revision is the document, older ones its history, kept up to a number.
 * Every method throws StoreError; a lost race is ConflictError (code `conflict`).
 */
export interface Documents {
  /** Writes revision `expected` + 1 (0: must not exist yet). Whoever comes second gets ConflictError. */
  put<T>(
    collection: string,
    id: string,
    write: { readonly expected: number; readonly value: T },
    signal: AbortSignal,
  ): Promise<Document<T>>
  find<T>(collection: string, id: string, signal: AbortSignal): Promise<Document<T> | undefined>
  /** Newest revisions of every document of a collection, by id; `prefix` narrows to ids that begin so. */
  list<T>(collection: string, query: { readonly prefix?: string }, signal: AbortSignal): Promise<readonly Document<T>[]>
  /** Newest first. */
  history<T>(collection: string, id: string, signal: AbortSignal): Promise<readonly Document<T>[]>
  /** Removes all revisions. Removing what is not there is no error. */
  remove(collection: string, id: string, signal: AbortSignal): Promise<void>
  /** Yields a document whenever a newer revision is seen, beginning with the present one. */
  watch<T>(collection: string, id: string, signal: AbortSignal): AsyncIterable<Document<T>>
}
