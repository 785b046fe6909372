import type { ConfigsApi, StoredConfig } from './configs-api.ts'
import { ask } from './failure.ts'
import { listPieces } from './list-pieces.ts'
import { labels, renderDocumentName } from './names.ts'
import type { DocumentKey } from './names.ts'
import { removeConfigs, removeRevisions } from './remove.ts'
import { excessOf, findRevision, listRevisions } from './revisions.ts'

/** Far longer than a writer takes between its first part and its head. */
const ORPHAN_AGE_MS = 60 * 60_000
/** Of one run; the next goes on. */
const MAX_REMOVALS = 200

interface Options {
  readonly api: ConfigsApi
  /** Milliseconds since 1970. */
  readonly clock: { now(): number }
  readonly orphanAgeMs?: number
  readonly maxRemovals?: number
}

export interface CompactionResult {
  readonly removedRevisions: number
  readonly removedParts: number
  /** False: there was more than one run removes. */
  readonly isDone: boolean
}

export interface Compaction {
  /**
   * Removes what nobody refers to any more: revisions beyond those that are kept, and parts whose head never came. Safe
   * at any time and beside any writer; what failed half way is done by the next run. StoreError when the engine fails.
   */
  compact(signal: AbortSignal): Promise<CompactionResult>
}

/**
 * Writers trim their own documents and losers remove their own parts; this is for those that were killed meanwhile. Costs
 * a list of all configs with their data, so it is to run rarely (every hour), by one at a time.
 */
export const createCompaction = (options: Options): Compaction => {
  const { api, clock, orphanAgeMs = ORPHAN_AGE_MS, maxRemovals = MAX_REMOVALS } = options
  /** By id: parts without a head, of an engine that does not tell when they were made. */
  let orphanSince: ReadonlyMap<string, number> = new Map()
  return {
    compact: async (signal) => {
      // Parts before heads: of a part that is listed, a head that was there is listed too.
      const parts = await gatherParts(api, signal)
      const heads = await gatherHeads(api, signal)
      const trimmed = await trimDocuments(api, { documents: heads.tooLong, maxRemovals }, signal)
      const orphans = parts.filter(({ token }) => !heads.tokens.has(token))
      orphanSince = new Map(orphans.map(({ id }) => [id, orphanSince.get(id) ?? clock.now()]))
      const old = orphans.filter((part) => ageOf(part, orphanSince, clock.now()) >= orphanAgeMs)
      const removed = await removeOrphans(api, old.slice(0, maxRemovals - trimmed.count), signal)
      const isDone = trimmed.isDone && old.length <= maxRemovals - trimmed.count
      return { removedRevisions: trimmed.count, removedParts: removed, isDone }
    },
  }
}

interface Part {
  readonly id: string
  readonly token: string
  readonly createdAtMs: number | undefined
}

const ageOf = (part: Part, orphanSince: ReadonlyMap<string, number>, nowMs: number): number =>
  nowMs - (part.createdAtMs ?? orphanSince.get(part.id) ?? nowMs)

const gatherParts = async (api: ConfigsApi, signal: AbortSignal): Promise<readonly Part[]> => {
  const parts: Part[] = []
  for await (const piece of listPieces(
    api,
    { labels: { [labels.document]: 'part' }, namePrefix: 'atoll-part.' },
    signal,
  )) {
    parts.push(...piece.flatMap(findPart))
  }
  return parts
}

/** Nothing for a config without a token: somebody else made it. */
const findPart = ({ id, labels: own, createdAtMs }: StoredConfig): readonly Part[] => {
  const token = own[labels.parts]
  return token === undefined ? [] : [{ id, token, createdAtMs }]
}

interface Heads {
  /** What all heads say their parts are called by. */
  readonly tokens: ReadonlySet<string>
  /** Documents with more revisions than are kept. */
  readonly tooLong: readonly DocumentKey[]
}

const gatherHeads = async (api: ConfigsApi, signal: AbortSignal): Promise<Heads> => {
  const tokens = new Set<string>()
  const revisions = new Map<string, ReturnType<typeof findRevision>>()
  for await (const piece of listPieces(api, { labels: { [labels.document]: 'head' }, namePrefix: 'atoll.' }, signal)) {
    for (const found of piece.flatMap(findRevision)) {
      const name = renderDocumentName(found)
      const light = { ...found, config: { ...found.config, data: new Uint8Array() } }
      revisions.set(name, [...(revisions.get(name) ?? []), light])
      const token = found.config.labels[labels.parts]
      if (token !== undefined) tokens.add(token)
    }
  }
  const documents = [...revisions.values()].map((all) => all.toSorted((a, b) => b.revision - a.revision))
  return { tokens, tooLong: documents.flatMap((all) => (excessOf(all).length > 0 ? all.slice(0, 1) : [])) }
}

/** Lists each document anew: of revisions that were listed at two moments nobody knows which is the newest. */
const trimDocuments = async (
  api: ConfigsApi,
  { documents, maxRemovals }: { readonly documents: readonly DocumentKey[]; readonly maxRemovals: number },
  signal: AbortSignal,
): Promise<{ readonly count: number; readonly isDone: boolean }> => {
  let count = 0
  for (const key of documents) {
    const excess = excessOf(await listRevisions(api, key, signal))
    await removeRevisions(api, excess.slice(0, maxRemovals - count), signal)
    count += excess.length
    if (count > maxRemovals) return { count: maxRemovals, isDone: false }
  }
  return { count, isDone: true }
}

/** Asks for each head once more: its writer may have come back since. Gives how many parts were removed. */
const removeOrphans = async (api: ConfigsApi, orphans: readonly Part[], signal: AbortSignal): Promise<number> => {
  let removed = 0
  for (const { id, token } of orphans) {
    const filter = { labels: { [labels.document]: 'head', [labels.parts]: token } }
    const heads = await ask(`find the head of config ${id}`, () => api.list(filter, signal))
    if (heads.length > 0) continue
    await removeConfigs(api, [id], signal)
    removed++
  }
  return removed
}
