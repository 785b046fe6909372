import type { Context } from '../context.ts'
import { watchCollections } from './watch-records.ts'

/** What is known of the backups of a cluster. Document `backup-watch`, id `newest`; `@atoll/backup` writes it. */
interface BackupWatch {
  readonly madeAtMs?: number
  /** When the last proven one was made. */
  readonly provenMadeAtMs?: number
  /** How often one is made by itself; absent: never. */
  readonly everyMs?: number
  /** Why the last one that was to be made by itself was not. */
  readonly trouble?: string
}

export interface BackupState {
  /** When the last one was made. */
  readonly lastAtMs?: number
  /** When the last one was made that is proven. */
  readonly provenAtMs?: number
  /** What should be done about it. */
  readonly warnings: readonly string[]
}

/** Without a schedule. */
const oldAfterMs = 7 * 86_400_000
const hourMs = 3_600_000

/** Undefined where nobody made one and no platform looks after them: then there is little that is nowhere else. */
export const findBackupState = async (
  { documents, clock }: Pick<Context, 'documents' | 'clock'>,
  signal: AbortSignal,
): Promise<BackupState | undefined> => {
  const watch = await documents.find<BackupWatch>(watchCollections.backups, 'newest', signal)
  return watch && judgeBackups(watch.value, clock.now())
}

export const judgeBackups = (watch: BackupWatch, nowMs: number): BackupState => {
  const { madeAtMs, provenMadeAtMs, everyMs, trouble } = watch
  const mostMs = everyMs === undefined ? oldAfterMs : 2 * everyMs + hourMs
  return {
    ...(madeAtMs === undefined ? {} : { lastAtMs: madeAtMs }),
    ...(provenMadeAtMs === undefined ? {} : { provenAtMs: provenMadeAtMs }),
    warnings: [
      ...(trouble === undefined ? [] : [`the last backup by schedule was not made: ${trouble}`]),
      ...(provenMadeAtMs === undefined ? ['no backup of this cluster is proven: "atoll backup" makes one'] : []),
      ...(provenMadeAtMs !== undefined && nowMs - provenMadeAtMs > mostMs
        ? [
            `the last proven backup is ${Math.floor((nowMs - provenMadeAtMs) / hourMs)} hours old: "atoll backup" makes one`,
          ]
        : []),
    ],
  }
}
