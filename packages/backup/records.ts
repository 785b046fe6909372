import { ConflictError } from '@atoll/store'
import type { Documents } from '@atoll/store'

/** A backup that was made. Document `backup`, by the same id. */
export interface BackupRecord {
  readonly id: string
  readonly madeAtMs: number
  readonly by: string
  /** Where it is kept, as a person would say it. */
  readonly place: string
  readonly bytes: number
  /** Of the file. */
  readonly sha256: string
  /** Secrets of apps whose values are not in it. */
  readonly missing: readonly string[]
  /** When what is kept was found to be what was restored into memory and compared. */
  readonly provenAtMs?: number
}

/** All at a glance, for who asks often. Document `backup-watch`, id `newest`. */
export interface BackupWatch {
  readonly madeAtMs?: number
  /** When the last proven one was made. */
  readonly provenMadeAtMs?: number
  /** How often one is made by itself. */
  readonly everyMs?: number
  /** Why the last that was to be made by itself was not. */
  readonly trouble?: string
}

const collection = 'backup'
const watchPlace = ['backup-watch', 'newest'] as const
/** Of more only the files tell. The last that was proven stays known, whatever comes after it. */
const keptRecords = 100
const tries = 5

type Kept = { readonly documents: Documents }

/** Newest first. */
export const listBackups = async ({ documents }: Kept, signal: AbortSignal): Promise<readonly BackupRecord[]> =>
  (await documents.list<BackupRecord>(collection, {}, signal)).map(({ value }) => value).toReversed()

export const noteBackup = async (kept: Kept, record: BackupRecord, signal: AbortSignal): Promise<void> => {
  await kept.documents.put(collection, record.id, { expected: 0, value: record }, signal)
  await noteWatch(kept, { madeAtMs: record.madeAtMs }, signal)
  const all = await listBackups(kept, signal)
  const proven = all.find(({ provenAtMs }) => provenAtMs !== undefined)
  const old = all.slice(keptRecords).filter(({ id }) => id !== proven?.id)
  for (const { id } of old) await kept.documents.remove(collection, id, signal)
}

interface Proof {
  readonly id: string
  /** Of the file as it is kept: another than was made, when somebody locked it anew. */
  readonly sha256: string
  readonly place: string
  readonly provenAtMs: number
}

/** Undefined of one that was not made here. */
export const noteProof = async (
  kept: Kept,
  { id, ...proof }: Proof,
  signal: AbortSignal,
): Promise<BackupRecord | undefined> => {
  const change = (known: BackupRecord | undefined) => known && { ...known, ...proof }
  const record = await rewrite(kept, { place: [collection, id], change }, signal)
  if (record === undefined) return undefined
  const known = await kept.documents.find<BackupWatch>(...watchPlace, signal)
  const provenMadeAtMs = Math.max(record.madeAtMs, known?.value.provenMadeAtMs ?? 0)
  await noteWatch(kept, { provenMadeAtMs }, signal)
  return record
}

/** What is null is known no more; what is not named stays. */
type WatchChange = { readonly [Key in keyof BackupWatch]?: BackupWatch[Key] | null }

export const noteWatch = async (kept: Kept, change: WatchChange, signal: AbortSignal): Promise<void> => {
  await rewrite<BackupWatch>(kept, { place: watchPlace, change: (known = {}) => merge(known, change) }, signal)
}

const merge = (known: BackupWatch, change: WatchChange): BackupWatch =>
  Object.fromEntries(Object.entries({ ...known, ...change }).filter(([, value]) => value !== null))

interface Rewrite<T> {
  readonly place: readonly [collection: string, id: string]
  /** Undefined: nothing is written. */
  readonly change: (known: T | undefined) => T | undefined
}

const rewrite = async <T>(
  { documents }: Kept,
  { place, change }: Rewrite<T>,
  signal: AbortSignal,
): Promise<T | undefined> => {
  for (let count = 1; ; count += 1) {
    const found = await documents.find<T>(...place, signal)
    const value = change(found?.value)
    if (value === undefined) return undefined
    try {
      return (await documents.put<T>(...place, { expected: found?.revision ?? 0, value }, signal)).value
    } catch (error) {
      if (!(error instanceof ConflictError) || count >= tries) throw error
    }
  }
}
