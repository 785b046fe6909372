import type { Document, Documents } from '../documents.ts'
import { ConflictError, StoreError } from '../errors.ts'
import type { Operation, PutOperation } from './check-history.ts'

export interface Recorder {
  /** What was done until now, in the order of answers. */
  readonly operations: readonly Operation[]
  /** Writes a mark of its own after `expected`; a failure of the store is noted, not thrown. */
  put(client: string, write: { readonly id: string; readonly expected: number }, signal: AbortSignal): Promise<void>
  /** Undefined when the store failed; 0 when there is no document. */
  find(client: string, id: string, signal: AbortSignal): Promise<number | undefined>
  history(client: string, id: string, signal: AbortSignal): Promise<void>
}

/**
 * Does things to documents of one collection and writes down when, with what outcome: what checkHistory judges. Clients may
 * each have a way of their own to the documents.
 */
export const recordHistory = (documents: Documents | ((client: string) => Documents), collection: string): Recorder => {
  const wayOf = (client: string): Documents => (typeof documents === 'function' ? documents(client) : documents)
  const operations: Operation[] = []
  let moment = 0
  const recordRead = async (
    kind: 'find' | 'history',
    who: { readonly client: string; readonly document: string },
    read: () => Promise<readonly Document<string>[]>,
  ): Promise<number | undefined> => {
    const invokedAt = ++moment
    try {
      const revisions = (await read()).map(({ revision, value }) => ({ revision, mark: value }))
      operations.push({ kind, ...who, invokedAt, endedAt: ++moment, revisions })
      return revisions[0]?.revision ?? 0
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return undefined
    }
  }
  return {
    operations,
    put: async (client, { id, expected }, signal) => {
      const invokedAt = ++moment
      const mark = `${client}.${invokedAt}`
      const outcome = await outcomeOf(wayOf(client).put(collection, id, { expected, value: mark }, signal))
      operations.push({ kind: 'put', document: id, client, invokedAt, endedAt: ++moment, expected, mark, outcome })
    },
    find: (client, id, signal) =>
      recordRead('find', { client, document: id }, async () => {
        const found = await wayOf(client).find<string>(collection, id, signal)
        return found === undefined ? [] : [found]
      }),
    history: async (client, id, signal) => {
      await recordRead('history', { client, document: id }, () => wayOf(client).history(collection, id, signal))
    },
  }
}

/** Of any failure but a conflict nobody knows whether the write took place. */
const outcomeOf = async (written: Promise<unknown>): Promise<PutOperation['outcome']> => {
  try {
    await written
    return 'acknowledged'
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return error instanceof ConflictError ? 'refused' : 'unknown'
  }
}
