import { ConflictError } from '../errors.ts'
import type { ConfigsApi, StoredConfig } from './configs-api.ts'
import { ask } from './failure.ts'
import { listPieces } from './list-pieces.ts'
import { labels, renderClearingName, renderDocumentName } from './names.ts'
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
 * a list of all configs with their data, so it is to run rarely (every hour), by the leading control.
 */
export const createCompaction = (options: Options): Compaction => {
  const { api, clock, orphanAgeMs = ORPHAN_AGE_MS, maxRemovals = MAX_REMOVALS } = options
  /** By id: parts without a head, of an engine that does not tell when they were made. */
  let orphanSince: ReadonlyMap<string, number> = new Map()
  return {
    compact: async (signal) => {
      const marks = await gatherParts(api, 'clearing', signal)
      // Parts before heads: of a part that is listed, a head that was there is listed too.
      const parts = await gatherParts(api, 'part', signal)
      const heads = await gatherHeads(api, signal)
      const trimmed = await trimDocuments(api, { documents: heads.tooLong, maxRemovals }, signal)
      const orphans = parts.filter(({ token }) => !heads.tokens.has(token))
      orphanSince = new Map([...orphans, ...marks].map(({ id }) => [id, orphanSince.get(id) ?? clock.now()]))
      const isOld = (part: Part): boolean => ageOf(part, orphanSince, clock.now()) >= orphanAgeMs
      const old = orphans.filter(isOld)
      await removeConfigs(
        api,
        marks.filter(isOld).map(({ id }) => id),
        signal,
      )
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

const gatherParts = async (
  api: ConfigsApi,
  kind: 'part' | 'clearing',
  signal: AbortSignal,
): Promise<readonly Part[]> => {
  const parts: Part[] = []
  const filter = { labels: { [labels.document]: kind }, namePrefix: 'atoll-part.' }
  for await (const piece of listPieces(api, filter, signal)) {
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

/**
 * Says that it will remove the parts, then asks for their head once more; a writer makes its head, then asks whether they
 * are being removed: one of both sees the other. Gives how many parts were removed.
 */
const removeOrphans = async (api: ConfigsApi, orphans: readonly Part[], signal: AbortSignal): Promise<number> => {
  let removed = 0
  for (const [token, parts] of Map.groupBy(orphans, (part) => part.token)) {
    const clearing = await markClearing(api, token, signal)
    if (clearing === undefined) continue
    const filter = { labels: { [labels.document]: 'head', [labels.parts]: token } }
    const heads = await ask(`find the head of parts ${token}`, () => api.list(filter, signal))
    const ids = heads.length > 0 ? [] : parts.map(({ id }) => id)
    await removeConfigs(api, [...ids, clearing], signal)
    removed += ids.length
  }
  return removed
}

/** Gives the mark's id; nothing when somebody else is at it, or was killed at it: marks that are old go by themselves. */
const markClearing = async (api: ConfigsApi, token: string, signal: AbortSignal): Promise<string | undefined> => {
  const mark = {
    name: renderClearingName(token),
    labels: { [labels.document]: 'clearing', [labels.parts]: token },
    data: Buffer.from('clearing'),
  }
  try {
    return await ask(`mark parts ${token}`, () => api.create(mark, signal))
  } catch (error) {
    if (error instanceof ConflictError) return undefined
    throw error
  }
}
