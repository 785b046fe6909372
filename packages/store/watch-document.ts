import type { Document } from './documents.ts'

interface Source<T> {
  readonly find: () => Promise<Document<T> | undefined>
  /** Until something may have changed since the last find, or the signal comes. */
  readonly awaitChange: () => Promise<unknown>
}

/**
 * Yields the document now and whenever its newest revision is another one; what was overwritten meanwhile is left out.
 * A document that is removed and written anew begins again. Ends with the signal.
 */
export async function* watchDocument<T>(source: Source<T>, signal: AbortSignal): AsyncGenerator<Document<T>, void> {
  let seen: Document<T> | undefined | void
  while (!signal.aborted) {
    const found = await source.find().catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
    if (signal.aborted) return
    if (found !== undefined && (found.revision !== seen?.revision || found.writtenAtMs !== seen.writtenAtMs))
      yield found
    seen = found
    await source.awaitChange()
  }
}
