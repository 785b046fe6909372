import { ApiError } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { BackupPiece } from '@atoll/backup'
import type { BackupRequest, ClusterBackups } from '../cluster/backups.ts'
import { CommandError } from '../errors.ts'

/** Made by a control, which alone has the keys that belong to it. */
export const createPlatformBackups = (client: Client): ClusterBackups => ({
  makeBackup: (request, signal) => make(client, request, signal),
  listBackups: (signal) => client.call('listBackups', {}, signal),
  noteProof: async ({ id, ...body }, signal) => {
    await client.call('proveBackup', { params: { backup: id }, body }, signal)
  },
})

async function* make(
  client: Client,
  { recipients, place }: BackupRequest,
  signal: AbortSignal,
): AsyncGenerator<BackupPiece, void> {
  const body = { place, ...(recipients === undefined ? {} : { recipients: [...recipients] }) }
  for await (const line of client.lines('makeBackup', { body }, signal)) {
    if (line.kind === 'failed') throw new ApiError(line.failure)
    yield line.kind === 'data' ? { kind: 'data', bytes: Buffer.from(line.base64, 'base64') } : line
    if (line.kind === 'made') return
  }
  throw new CommandError('connection-lost', 'make a backup: the control left in the middle of it', {
    hint: 'nothing of it is kept; ask again',
  })
}
