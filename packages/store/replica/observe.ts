import { setImmediate } from 'node:timers/promises'
import type { Document } from '../documents.ts'
import { StoreError } from '../errors.ts'
import type { ConfigsApi, StoredConfig } from '../swarm/configs-api.ts'
import { listPieces } from '../swarm/list-pieces.ts'
import { labels, renderDocumentName } from '../swarm/names.ts'
import { findRevision, readRevision } from '../swarm/revisions.ts'
import type { Revision } from '../swarm/revisions.ts'
import type { Seen, Shelf } from './shelf.ts'

/** Documents opened before others in this process get a turn. */
const OPENED_AT_ONCE = 20

const heads = { [labels.document]: 'head' }

interface Observer {
  readonly api: ConfigsApi
  readonly shelf: Shelf
}

/**
 * Lists all configs that begin with one of the prefixes and brings the shelf to what they say. Only what the shelf does
 * not have yet is opened.
 */
export const observeAll = async (
  { api, shelf }: Observer,
  prefixes: readonly string[],
  signal: AbortSignal,
): Promise<void> => {
  const newest = new Map<string, Newest>()
  for (const namePrefix of prefixes) {
    for await (const piece of listPieces(api, { labels: heads, namePrefix }, signal)) gatherNewest(shelf, newest, piece)
  }
  // Old ones go first, so that a copy near its limit has room for the new.
  for (const name of shelf.names()) if (!newest.has(name)) shelf.put(name, undefined)
  await openNewest({ api, shelf }, newest, signal)
}

/** Looks at the configs of one document, by what their names begin with. */
export const observeOne = async ({ api, shelf }: Observer, name: string, signal: AbortSignal): Promise<void> => {
  const newest = new Map<string, Newest>()
  for await (const piece of listPieces(api, { labels: heads, namePrefix: name }, signal)) {
    gatherNewest(shelf, newest, piece)
  }
  const own = newest.get(name)
  if (own === undefined) shelf.put(name, undefined)
  else await openNewest({ api, shelf }, new Map([[name, own]]), signal)
}

interface Newest {
  readonly revision: number
  /** Absent when the shelf has it. */
  readonly unopened: Revision | undefined
}

const gatherNewest = (shelf: Shelf, newest: Map<string, Newest>, piece: readonly StoredConfig[]): void => {
  for (const found of piece.flatMap(findRevision)) {
    const name = renderDocumentName(found)
    // Somebody else's config with our labels under another name is none of our documents.
    if (!shelf.keeps(found.collection) || found.config.name !== name + found.revision) continue
    if (found.revision <= (newest.get(name)?.revision ?? 0)) continue
    const isHeld = shelf.get(name)?.index === found.config.index
    newest.set(name, { revision: found.revision, unopened: isHeld ? undefined : found })
  }
}

const openNewest = async (
  { api, shelf }: Observer,
  newest: ReadonlyMap<string, Newest>,
  signal: AbortSignal,
): Promise<void> => {
  let opened = 0
  for (const [name, { unopened }] of newest) {
    if (unopened === undefined) continue
    shelf.put(name, await openRevision(api, unopened, signal))
    if (++opened % OPENED_AT_ONCE === 0) await setImmediate()
  }
}

/**
 * What cannot be read is kept as such: one damaged document must not cost all others their freshness. Parts that were
 * trimmed while we read belong to a revision that is not the newest any more, and of the newest an event tells.
 */
const openRevision = async (api: ConfigsApi, revision: Revision, signal: AbortSignal): Promise<Seen> => {
  const { collection, id, config } = revision
  const seen = { collection, id, revision: revision.revision, index: config.index }
  try {
    const document = await readRevision(api, revision, signal)
    return { ...seen, bytes: JSON.stringify(document).length, content: freeze(document) }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.code !== 'corrupt' && error.code !== 'newer-format') throw error
    return { ...seen, bytes: 0, content: error }
  }
}

const freeze = (document: Document): Document => {
  freezeDeep(document)
  return document
}

const freezeDeep = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return
  for (const inner of Object.values(value)) freezeDeep(inner)
  Object.freeze(value)
}
