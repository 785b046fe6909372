import type { Standing } from './standing.ts'

/** What somebody said of the backup before an upgrade. */
export interface BackupWish {
  readonly isWanted: boolean
  /** A place or file that was named. */
  readonly to?: string
  /** Where it goes when no place is named or set. */
  readonly folder: string
  /** Whether a key or a passphrase was named. */
  readonly hasLock: boolean
}

export type BackupPlan =
  /** Nothing will be changed, or nobody wants one. */
  | { readonly kind: 'none' }
  /** It was made before what was left half way. */
  | { readonly kind: 'there'; readonly path: string }
  /** `isSet`: to the place of the settings, with its keys. */
  | { readonly kind: 'make'; readonly to: string; readonly isSet: boolean }
  /** Nobody has said for whom it would be. */
  | { readonly kind: 'for-nobody' }

/** One that an upgrade has left behind is good for so long: later there is more that it would lose. */
const goodMs = 24 * 3_600_000

/** Pure: one of before anything is changed, so an upgrade that goes on has it already. */
export const judgeBackup = (
  { last, backups, atMs }: Pick<Standing, 'last' | 'backups' | 'atMs'>,
  { isWanted, to, folder, hasLock }: BackupWish,
  { isDue, isLeft }: { readonly isDue: boolean; readonly isLeft: boolean },
): BackupPlan => {
  if (!isDue || !isWanted) return { kind: 'none' }
  if (isLeft && to === undefined && last?.backup !== undefined && atMs - last.startedAtMs < goodMs) {
    return { kind: 'there', path: last.backup }
  }
  if (!hasLock && backups.recipients.length === 0) return { kind: 'for-nobody' }
  if (to === undefined && backups.place !== undefined) return { kind: 'make', to: backups.place.url, isSet: true }
  return { kind: 'make', to: to ?? folder, isSet: false }
}
