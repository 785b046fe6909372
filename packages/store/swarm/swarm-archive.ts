import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Archive } from '../archive.ts'
import { sortRevisions } from '../archive.ts'
import type { Document } from '../documents.ts'
import { ConflictError } from '../errors.ts'
import type { ConfigsApi } from './configs-api.ts'
import { encodeDocument } from './encode.ts'
import { listPieces } from './list-pieces.ts'
import { labels } from './names.ts'
import { createRevision } from './put.ts'
import { findRevision, listRevisions, readRevision } from './revisions.ts'

interface Options {
  readonly api: ConfigsApi
  readonly clock: { now(): number }
}

/** An agent lists no others. */
const heads = { labels: { [labels.document]: 'head' }, namePrefix: 'atoll.' }

/** What lies in the Raft of a Swarm as documents, whoever's collection it is. */
export const createSwarmArchive = ({ api, clock }: Options): Archive => ({
  readAll: async (signal) => {
    const documents: Document[] = []
    for await (const piece of listPieces(api, heads, signal)) {
      for (const revision of piece.flatMap(findRevision)) documents.push(await readRevision(api, revision, signal))
    }
    return sortRevisions(documents)
  },
  write: async (document, signal) => {
    const writer = { api, clock, newToken: randomUUID }
    try {
      await createRevision(writer, { ...document, data: encodeDocument(document) }, signal)
    } catch (error) {
      if (!(error instanceof ConflictError) || !(await isThere(api, document, signal))) throw error
    }
  },
})

const isThere = async (api: ConfigsApi, document: Document, signal: AbortSignal): Promise<boolean> => {
  const revisions = await listRevisions(api, document, signal)
  const found = revisions.find(({ revision }) => revision === document.revision)
  return found !== undefined && isDeepStrictEqual(await readRevision(api, found, signal), document)
}
