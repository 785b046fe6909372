import type { Document } from './documents.ts'

/** All that a store holds, and the way to put it back as it was: for backups, beside `Documents` and never instead. */
export interface Archive {
  /** Every kept revision of every document, of each the oldest first. StoreError; one with `retry` is worth another look. */
  readAll(signal: AbortSignal): Promise<readonly Document[]>
  /**
   * Writes a revision with its own number and time. The very same once more is no error; another one in its place is
   * ConflictError. Of each document the oldest comes first, and nobody else may write it meanwhile.
   */
  write(document: Document, signal: AbortSignal): Promise<void>
}

/** By collection, id and revision, oldest first. */
export const sortRevisions = (documents: readonly Document[]): readonly Document[] =>
  documents.toSorted((a, b) => compare(a.collection, b.collection) || compare(a.id, b.id) || a.revision - b.revision)

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
