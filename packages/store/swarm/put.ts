import type { Document } from '../documents.ts'
import { ConflictError, StoreError } from '../errors.ts'
import type { ConfigsApi } from './configs-api.ts'
import { decodeDocument, encodeDocument } from './encode.ts'
import { ask } from './failure.ts'
import { labels, renderHeadName, renderPartName } from './names.ts'
import type { DocumentKey } from './names.ts'
import { removeConfigs, removeRevisions } from './remove.ts'
import { excessOf, hasItsParts, headLabels, listRevisions } from './revisions.ts'
import type { Revision } from './revisions.ts'

/** Swarm takes less than 500 KiB of data; the rest of the object needs some room in a message too. */
const CONFIG_BYTES = 480 * 1024
/** With more, a reply that lists all parts of a document might be above what the engine sends (16 MiB). */
const MAX_PARTS = 8

export interface Writer {
  readonly api: ConfigsApi
  readonly clock: { now(): number }
  /** A name nobody else has: parts are made before it is known who is first. */
  readonly newToken: () => string
}

export type Write<T> = DocumentKey & { readonly expected: number; readonly value: T }

/**
 * Writes the revision after `expected` by creating its name, which only one can. Names of trimmed revisions are free
 * again, so a writer that slept too long could take one: it looks again afterwards, takes its revision back and has a
 * conflict like any other. The newest revision is right all the time.
 */
export const putDocument = async <T>(writer: Writer, write: Write<T>, signal: AbortSignal): Promise<Document<T>> => {
  const { collection, id, expected, value } = write
  const document: Document<T> = { collection, id, revision: expected + 1, value, writtenAtMs: writer.clock.now() }
  const data = encodeDocument(document)
  const before = await listRevisions(writer.api, write, signal)
  const newest = before[0]?.revision ?? 0
  if (newest !== expected) throw conflictOf(write, newest)
  const configId = await createRevision(writer, { ...document, data }, signal)
  const after = await listRevisions(writer.api, write, signal)
  if (!isInPlace(write, after, configId)) {
    await removeRevisions(
      writer.api,
      after.filter((revision) => revision.config.id === configId),
      signal,
    )
    throw conflictOf(write, after[0]?.revision ?? 0)
  }
  await refuseWithoutParts(
    writer.api,
    after.filter(({ config }) => config.id === configId),
    signal,
  )
  await trimHistory(writer.api, after, signal)
  return decodeDocument<T>(data, renderHeadName(write, expected + 1))
}

/**
 * Whether a revision just created follows its predecessor, and not a gap that trimming or removal left: newer ones were
 * made after it, not before.
 */
const isInPlace = ({ expected }: Write<unknown>, revisions: readonly Revision[], configId: string): boolean => {
  const ours = revisions.find(({ config }) => config.id === configId)
  const newer = revisions.filter(({ revision }) => revision > expected + 1)
  // Trimmed already: nobody can say any more whether it ever was the newest, so it is not promised.
  if (ours === undefined) return false
  if (newer.length > 0) return newer.every(({ config }) => config.index > ours.config.index)
  return expected === 0 || revisions.some(({ revision }) => revision === expected)
}

/** A writer that slept for as long as compaction leaves parts without a head has lost them: its revision goes too. */
const refuseWithoutParts = async (api: ConfigsApi, ours: readonly Revision[], signal: AbortSignal): Promise<void> => {
  for (const revision of ours) {
    if (await hasItsParts(api, revision, signal)) continue
    await removeRevisions(api, [revision], signal)
    const message = `write revision ${revision.revision} of ${revision.collection} ${revision.id}: it took so long that its parts were cleared away; try again`
    throw new StoreError('timeout', message, { retry: true })
  }
}

type Encoded = DocumentKey & { readonly revision: number; readonly data: Uint8Array }

/** Parts first: once the head is there the revision is. Gives the head's id. */
export const createRevision = async (writer: Writer, encoded: Encoded, signal: AbortSignal): Promise<string> => {
  const { collection, id, revision, data } = encoded
  const doing = `write revision ${revision} of ${collection} ${id}`
  const [first = data, ...rest] = cutData(data)
  if (rest.length > MAX_PARTS) {
    const message = `${doing}: ${data.length} bytes; ${CONFIG_BYTES * (MAX_PARTS + 1)} are the limit`
    throw new StoreError('too-large', message)
  }
  const about = { [labels.collection]: collection, [labels.id]: id, [labels.revision]: String(revision) }
  const token = writer.newToken()
  const hasParts = rest.length > 0 ? { [labels.parts]: token, [labels.partCount]: String(rest.length) } : {}
  const made: string[] = []
  try {
    for (const [index, part] of rest.entries()) {
      const partLabels = { [labels.document]: 'part', ...about, [labels.parts]: token }
      const config = { name: renderPartName(token, index), labels: partLabels, data: part }
      made.push(await ask(doing, () => writer.api.create(config, signal)))
    }
    const head = {
      name: renderHeadName(encoded, revision),
      labels: { ...about, ...headLabels(collection), ...hasParts },
    }
    return await ask(doing, () => writer.api.create({ ...head, data: first }, signal))
  } catch (error) {
    // Of any other failure nobody knows whether the head was made; its parts have to stay.
    if (error instanceof ConflictError) await removeConfigs(writer.api, made, signal)
    throw error
  }
}

const cutData = (data: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(data.length / CONFIG_BYTES) }, (_, index) =>
    data.subarray(index * CONFIG_BYTES, (index + 1) * CONFIG_BYTES),
  )

/** What cannot be removed now is removed by the next write. */
const trimHistory = async (api: ConfigsApi, revisions: readonly Revision[], signal: AbortSignal): Promise<void> => {
  await removeRevisions(api, excessOf(revisions), signal).catch((error: unknown) => {
    if (!(error instanceof StoreError)) throw error
  })
}

const conflictOf = ({ collection, id, expected }: Write<unknown>, newest: number): ConflictError =>
  new ConflictError(`write revision ${expected + 1} of ${collection} ${id}: its newest is ${newest}; read it again`)
