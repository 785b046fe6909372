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
  /** When it was restored into memory from where it is kept, and was the same. */
  readonly provenAtMs?: number
}

const collection = 'backup'
/** Of more only the files tell. The last that was proven stays known, whatever comes after it. */
const keptRecords = 100
const tries = 5

type Kept = { readonly documents: Documents }

/** Newest first. */
export const listBackups = async ({ documents }: Kept, signal: AbortSignal): Promise<readonly BackupRecord[]> =>
  (await documents.list<BackupRecord>(collection, {}, signal)).map(({ value }) => value).toReversed()

export const noteBackup = async (kept: Kept, record: BackupRecord, signal: AbortSignal): Promise<void> => {
  await kept.documents.put(collection, record.id, { expected: 0, value: record }, signal)
  const all = await listBackups(kept, signal)
  const proven = all.find(({ provenAtMs }) => provenAtMs !== undefined)
  const old = all.slice(keptRecords).filter(({ id }) => id !== proven?.id)
  for (const { id } of old) await kept.documents.remove(collection, id, signal)
}

/** Of one that nobody made, or that is another, undefined: it proves nothing. */
export const noteProof = async (
  { documents }: Kept,
  {
    id,
    sha256,
    ...proof
  }: { readonly id: string; readonly sha256: string; readonly provenAtMs: number; readonly place: string },
  signal: AbortSignal,
): Promise<BackupRecord | undefined> => {
  for (let count = 1; ; count += 1) {
    const found = await documents.find<BackupRecord>(collection, id, signal)
    if (found === undefined || found.value.sha256 !== sha256) return undefined
    const value = { ...found.value, ...proof }
    try {
      return (await documents.put<BackupRecord>(collection, id, { expected: found.revision, value }, signal)).value
    } catch (error) {
      if (!(error instanceof ConflictError) || count >= tries) throw error
    }
  }
}
