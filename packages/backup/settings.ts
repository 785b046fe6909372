import { ConflictError } from '@atoll/store'
import type { Documents } from '@atoll/store'

/** How backups are made by themselves. Document `backup-settings`, id `cluster`. */
export interface BackupSettings {
  /** Absent: none is made by itself. */
  readonly everyMs?: number
  /** How many stay in the place. */
  readonly keep: number
  /** Public keys of age. */
  readonly recipients: readonly string[]
  readonly place?: S3Place
}

export interface S3Place {
  /** `s3://BUCKET/PREFIX`. */
  readonly url: string
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  /** Opens at `secretPlace` alone. */
  readonly sealedSecret: unknown
}

export const backupSettings = 'backup-settings'
const place = [backupSettings, 'cluster'] as const
export const secretPlace = `${backupSettings}/cluster/secret`

const defaults: BackupSettings = { keep: 7, recipients: [] }
const tries = 5

type Kept = { readonly documents: Documents }

export const readBackupSettings = async ({ documents }: Kept, signal: AbortSignal): Promise<BackupSettings> => ({
  ...defaults,
  ...(await documents.find<BackupSettings>(...place, signal))?.value,
})

/** `change` is called again with what somebody else wrote meanwhile. */
export const changeBackupSettings = async (
  kept: Kept,
  change: (before: BackupSettings) => BackupSettings,
  signal: AbortSignal,
): Promise<BackupSettings> => {
  for (let count = 1; ; count += 1) {
    const known = await kept.documents.find<BackupSettings>(...place, signal)
    const value = change({ ...defaults, ...known?.value })
    try {
      return (await kept.documents.put(...place, { expected: known?.revision ?? 0, value }, signal)).value
    } catch (error) {
      if (!(error instanceof ConflictError) || count >= tries) throw error
    }
  }
}
