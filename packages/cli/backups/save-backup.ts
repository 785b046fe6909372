import { createHash } from 'node:crypto'
import { createKeyPair, fileOf, proveBackup, relock } from '@atoll/backup'
import type { BackupPiece, MadeBackup, Place } from '@atoll/backup'
import type { ClusterBackups } from '../cluster/backups.ts'
import { CommandError } from '../errors.ts'

export interface SaveRequest {
  readonly place: Place
  /** Its own name unless said. */
  readonly file?: string
  readonly lock: ChosenLock
}

/** For whom: public keys, those of the cluster's settings, or a passphrase. */
export type ChosenLock =
  | { readonly kind: 'recipients'; readonly recipients: readonly string[] }
  | { readonly kind: 'settings' }
  | { readonly kind: 'passphrase'; readonly passphrase: string }

interface Options {
  readonly signal: AbortSignal
  readonly onStep: (step: string) => void
}

export interface SavedBackup extends MadeBackup {
  readonly place: string
  readonly file: string
}

/** As `atoll restore` takes it. */
export const pathOf = ({ place, file }: Pick<SavedBackup, 'place' | 'file'>): string =>
  `${place.replace(/\/$/, '')}/${file}`

/** Has it made, keeps it, and reads back what is kept: only then it counts as proven. Nothing is left of one that failed. */
export const saveBackup = async (
  cluster: ClusterBackups,
  request: SaveRequest,
  { signal, onStep }: Options,
): Promise<SavedBackup> => {
  const { place, lock } = request
  onStep('the cluster collects and encrypts its state')
  const stream = await begin(cluster, request, signal)
  const file = request.file ?? fileOf(stream.id)
  onStep(`write ${file} to ${place.name}`)
  await place.write(file, stream.chunks, signal)
  onStep('read it back')
  const made = stream.made()
  const kept = await readBack(place.read(file, signal))
  if (lock.kind === 'passphrase') {
    await proveBackup(place.read(file, signal), { unlock: lock, name: file, made, signal })
  } else if (kept.sha256 !== made.sha256) {
    throw new CommandError('not-proven', `read ${file} back from ${place.name}: it is not what was written`, {
      hint: 'look at that disk or server, and make another backup',
    })
  }
  await cluster.noteProof({ id: made.id, sha256: kept.sha256, place: place.name }, signal)
  return { ...made, ...kept, place: place.name, file }
}

interface Stream {
  readonly id: string
  readonly chunks: AsyncIterable<Uint8Array>
  /** Once all were read. */
  readonly made: () => MadeBackup
}

const begin = async (cluster: ClusterBackups, { place, lock }: SaveRequest, signal: AbortSignal): Promise<Stream> => {
  if (lock.kind !== 'passphrase') {
    const recipients = lock.kind === 'recipients' ? { recipients: lock.recipients } : {}
    return split(cluster.makeBackup({ ...recipients, place: place.name }, signal))
  }
  // No control is given the passphrase: it is made for a key of this moment, and locked anew here.
  const { identity, recipient } = await createKeyPair()
  const stream = await split(cluster.makeBackup({ recipients: [recipient], place: place.name }, signal))
  const unlock = { kind: 'identity', identity } as const
  return { ...stream, chunks: relock(stream.chunks, { unlock, lock, name: stream.id }) }
}

const split = async (pieces: AsyncIterable<BackupPiece>): Promise<Stream> => {
  const rest = pieces[Symbol.asyncIterator]()
  const first = await rest.next()
  if (first.done === true || first.value.kind !== 'begun') throw cutOff()
  let made: MadeBackup | undefined
  const chunks = async function* (): AsyncGenerator<Uint8Array, void> {
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      if (next.value.kind === 'data') yield next.value.bytes
      if (next.value.kind === 'made') made = next.value
    }
    if (made === undefined) throw cutOff()
  }
  const need = (): MadeBackup => {
    if (made === undefined) throw cutOff()
    return made
  }
  return { id: first.value.id, chunks: chunks(), made: need }
}

const cutOff = (): CommandError =>
  new CommandError('connection-lost', 'make a backup: it was cut off', { hint: 'nothing of it is kept; ask again' })

const readBack = async (chunks: AsyncIterable<Uint8Array>): Promise<Pick<MadeBackup, 'bytes' | 'sha256'>> => {
  const hash = createHash('sha256')
  let length = 0
  for await (const bytes of chunks) {
    hash.update(bytes)
    length += bytes.length
  }
  return { bytes: length, sha256: hash.digest('hex') }
}
