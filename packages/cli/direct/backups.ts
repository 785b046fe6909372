import { listBackups, makeBackup, noteProof, readBackupSettings } from '@atoll/backup'
import type { BackupPiece } from '@atoll/backup'
import type { Context } from '@atoll/deploy'
import type { Archive } from '@atoll/store'
import type { BackupRequest, ClusterBackups } from '../cluster/backups.ts'
import { UsageError } from '../errors.ts'
import { readKeys } from './read-keys.ts'

interface Options {
  readonly archive: Archive
  /** Of Atoll. */
  readonly version: string
}

/** Made here; the keys are asked of a control, when there is a platform, as no engine gives them back. */
export const createDirectBackups = (context: Context, options: Options): ClusterBackups => ({
  makeBackup: (request, signal) => make(context, { ...options, ...request }, signal),
  listBackups: (signal) => listBackups(context, signal),
  noteProof: async (proof, signal) => {
    await noteProof(context, { ...proof, provenAtMs: context.clock.now() }, signal)
  },
})

async function* make(
  context: Context,
  { archive, version, place, ...request }: Options & BackupRequest,
  signal: AbortSignal,
): AsyncGenerator<BackupPiece, void> {
  const recipients = request.recipients ?? (await readBackupSettings(context, signal)).recipients
  if (recipients.length === 0) {
    throw new UsageError('make a backup: nobody has said for which key', 'name it: --recipient age1...')
  }
  const world = { ...context, archive, readKeys: (until: AbortSignal) => readKeys(context, until) }
  yield* makeBackup(world, { recipients, place, by: context.owner, version }, signal)
}
