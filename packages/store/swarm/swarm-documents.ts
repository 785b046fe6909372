import { randomUUID } from 'node:crypto'
import type { Document, Documents } from '../documents.ts'
import type { ConfigsApi } from './configs-api.ts'
import { putDocument } from './put.ts'
import { removeDocument } from './remove.ts'
import { listNewest, listRevisions, readRevision } from './revisions.ts'
import type { Revision } from './revisions.ts'
import { watchSwarm } from './watch.ts'

interface Options {
  readonly api: ConfigsApi
  /** Milliseconds since 1970. */
  readonly clock: { now(): number }
}

/**
 * Documents in the Raft of a Swarm, where every manager has them: a revision is a config named
 * `atoll.COLLECTION.ID.REVISION`, gzip JSON, with labels to list by (docs/design/001-documents-in-the-raft.md). Values of
 * secrets have no place here.
 */
export const createSwarmDocuments = ({ api, clock }: Options): Documents => {
  const find = async <T>(collection: string, id: string, signal: AbortSignal): Promise<Document<T> | undefined> => {
    const [newest] = await listRevisions(api, { collection, id }, signal)
    return newest && readRevision<T>(api, newest, signal)
  }
  return {
    put: (collection, id, write, signal) =>
      putDocument({ api, clock, newToken: randomUUID }, { collection, id, ...write }, signal),
    find,
    list: async <T>(collection: string, { prefix = '' }: { prefix?: string }, signal: AbortSignal) =>
      readAll<T>(api, await listNewest(api, { collection, prefix }, signal), signal),
    history: async <T>(collection: string, id: string, signal: AbortSignal) =>
      readAll<T>(api, await listRevisions(api, { collection, id }, signal), signal),
    remove: (collection, id, signal) => removeDocument(api, { collection, id }, signal),
    watch: <T>(collection: string, id: string, signal: AbortSignal) =>
      watchSwarm<T>(api, { collection, id, find: (until) => find<T>(collection, id, until) }, signal),
  }
}

const readAll = async <T>(
  api: ConfigsApi,
  revisions: readonly Revision[],
  signal: AbortSignal,
): Promise<readonly Document<T>[]> => {
  const documents: Document<T>[] = []
  for (const revision of revisions) documents.push(await readRevision<T>(api, revision, signal))
  return documents
}
