import { findBackupId } from './places/place.ts'

interface Kept {
  /** How many stay. */
  readonly keep: number
  /** Ids of backups that were proven. */
  readonly proven: ReadonlySet<string>
}

/** Files that may go, of those in a place, oldest first. The newest stay, and always the newest that was proven. */
export const chooseExpired = (files: readonly string[], { keep, proven }: Kept): readonly string[] => {
  const ours = files.filter((file) => findBackupId(file) !== undefined).toSorted()
  const last = ours.findLast((file) => proven.has(findBackupId(file) ?? ''))
  return ours.slice(0, Math.max(0, ours.length - keep)).filter((file) => file !== last)
}
