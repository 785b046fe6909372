import { createHash } from 'node:crypto'
import { BackupError, chooseExpired, fileOf, findBackupId, listBackups, makeBackup, noteProof } from '@atoll/backup'
import type { BackupOrder, BackupPiece, MadeBackup, Place } from '@atoll/backup'
import type { World } from '../control.ts'

interface Kept {
  readonly place: Place
  readonly recipients: BackupOrder['recipients']
  /** How many stay there. */
  readonly keep: number
}

/** Makes one, reads back what is kept, notes that it is proven, and only then lets the oldest go. */
export const keepBackup = async (
  world: World,
  { place, recipients, keep }: Kept,
  signal: AbortSignal,
): Promise<MadeBackup> => {
  const { archive, keys } = world.vault
  const order = { recipients, place: place.name, by: `atoll@${world.node.name}`, version: world.version }
  const made = await write(makeBackup({ ...world, archive, readKeys: async () => keys }, order, signal), place, signal)
  const sha256 = await hash(place.read(fileOf(made.id), signal))
  if (sha256 !== made.sha256) {
    throw new BackupError('not-proven', `read ${fileOf(made.id)} back from ${place.name}: it is not what was written`)
  }
  await noteProof(world, { id: made.id, sha256, place: place.name, provenAtMs: world.clock.now() }, signal)
  await forgetOld(world, { place, keep }, signal)
  return made
}

const write = async (pieces: AsyncIterable<BackupPiece>, place: Place, signal: AbortSignal): Promise<MadeBackup> => {
  const file: Uint8Array[] = []
  let made: MadeBackup | undefined
  for await (const piece of pieces) {
    if (piece.kind === 'data') file.push(piece.bytes)
    if (piece.kind === 'made') made = piece
  }
  if (made === undefined) throw new Error('bug: a backup without an end')
  await place.write(fileOf(made.id), ReadableStream.from(file), signal)
  return made
}

const hash = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const sum = createHash('sha256')
  for await (const bytes of chunks) sum.update(bytes)
  return sum.digest('hex')
}

/** Files of ours that nobody here knows may be of another cluster that keeps them in the same place: they stay. */
const forgetOld = async (
  world: World,
  { place, keep }: Omit<Kept, 'recipients'>,
  signal: AbortSignal,
): Promise<void> => {
  const records = await listBackups(world, signal)
  const known = new Set(records.map(({ id }) => id))
  const proven = new Set(records.filter(({ provenAtMs }) => provenAtMs !== undefined).map(({ id }) => id))
  const files = (await place.list(signal)).filter((file) => known.has(findBackupId(file) ?? ''))
  for (const file of chooseExpired(files, { keep, proven })) await place.remove(file, signal)
}
