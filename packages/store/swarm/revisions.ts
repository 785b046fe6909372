import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import { keptRevisionsOf } from '../kept-revisions.ts'
import type { ConfigsApi, StoredConfig } from './configs-api.ts'
import { decodeDocument } from './encode.ts'
import { ask } from './failure.ts'
import { labels, renderNamePrefix } from './names.ts'
import type { DocumentKey } from './names.ts'

/** A revision as it lies in the cluster, not yet opened. */
export interface Revision extends DocumentKey {
  readonly revision: number
  readonly config: StoredConfig
}

/** All revisions of a document, newest first. */
export const listRevisions = async (
  api: ConfigsApi,
  { collection, id }: DocumentKey,
  signal: AbortSignal,
): Promise<readonly Revision[]> => {
  const filter = { labels: { ...headLabels(collection), [labels.id]: id } }
  const configs = await ask(`list revisions of ${collection} ${id}`, () => api.list(filter, signal))
  return configs.flatMap(findRevision).toSorted((a, b) => b.revision - a.revision)
}

/** The newest revision of each document of a collection whose id begins with `prefix`, by id. */
export const listNewest = async (
  api: ConfigsApi,
  { collection, prefix }: { readonly collection: string; readonly prefix: string },
  signal: AbortSignal,
): Promise<readonly Revision[]> => {
  const filter = { labels: headLabels(collection), namePrefix: renderNamePrefix(collection, prefix) }
  const configs = await ask(`list ${collection} ${prefix}*`, () => api.list(filter, signal))
  const newest = new Map<string, Revision>()
  for (const revision of configs.flatMap(findRevision)) {
    const known = newest.get(revision.id)?.revision ?? 0
    if (revision.id.startsWith(prefix) && revision.revision > known) newest.set(revision.id, revision)
  }
  return [...newest.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Parts of a revision, or of all revisions when there is no `revision`. */
export const listParts = (
  api: ConfigsApi,
  { collection, id, revision }: DocumentKey & { readonly revision?: number },
  signal: AbortSignal,
): Promise<readonly StoredConfig[]> => {
  const one = revision === undefined ? {} : { [labels.revision]: String(revision) }
  const filter = {
    labels: { [labels.document]: 'part', [labels.collection]: collection, [labels.id]: id, ...one },
  }
  return ask(`list parts of ${collection} ${id}`, () => api.list(filter, signal))
}

/** Of all revisions of a document, newest first, those that are not kept: oldest first, so that no gap is left. */
export const excessOf = (revisions: readonly Revision[]): readonly Revision[] => {
  const [newest] = revisions
  if (newest === undefined) return []
  const floor = newest.revision - keptRevisionsOf(newest.collection)
  return revisions.filter(({ revision }) => revision <= floor).toReversed()
}

/** Whether all parts of a revision are there, and nobody is about to remove them; true when it has none. */
export const hasItsParts = async (api: ConfigsApi, revision: Revision, signal: AbortSignal): Promise<boolean> => {
  const token = revision.config.labels[labels.parts]
  if (token === undefined) return true
  // Marks first: who removes parts takes its mark away last.
  const filter = { labels: { [labels.document]: 'clearing', [labels.parts]: token } }
  const marks = await ask(`list who clears parts ${token}`, () => api.list(filter, signal))
  const parts = (await listParts(api, revision, signal)).filter((part) => part.labels[labels.parts] === token)
  return marks.length === 0 && String(parts.length) === revision.config.labels[labels.partCount]
}

/** Opens a revision, with its parts when it has some. */
export const readRevision = async <T>(
  api: ConfigsApi,
  revision: Revision,
  signal: AbortSignal,
): Promise<Document<T>> => {
  const { name, data } = revision.config
  const token = revision.config.labels[labels.parts]
  if (token === undefined) return decodeDocument(data, name)
  const parts = (await listParts(api, revision, signal))
    .filter((part) => part.labels[labels.parts] === token)
    .toSorted((a, b) => indexOf(a) - indexOf(b))
  if (String(parts.length) !== revision.config.labels[labels.partCount]) {
    const found = `${parts.length} of ${revision.config.labels[labels.partCount]}`
    // Removed while we read: who asks again finds another newest revision, or none.
    throw new StoreError('corrupt', `read config ${name}: ${found} of its parts are there`, { retry: true })
  }
  return decodeDocument(Buffer.concat([data, ...parts.map((part) => part.data)]), name)
}

export const headLabels = (collection: string): Readonly<Record<string, string>> => ({
  [labels.document]: 'head',
  [labels.collection]: collection,
})

const indexOf = (part: StoredConfig): number => Number(part.name.slice(part.name.lastIndexOf('.') + 1))

/** Nothing for a config whose labels are no number of a revision: somebody else made it. */
export const findRevision = (config: StoredConfig): readonly Revision[] => {
  const revision = Number(config.labels[labels.revision])
  const collection = config.labels[labels.collection] ?? ''
  const id = config.labels[labels.id]
  return Number.isSafeInteger(revision) && revision > 0 && id !== undefined
    ? [{ collection, id, revision, config }]
    : []
}
