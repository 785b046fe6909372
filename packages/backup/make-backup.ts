import { createHash, randomBytes } from 'node:crypto'
import type { Documents } from '@atoll/store'
import { listMissingSecrets } from './app-secrets.ts'
import { collectState } from './collect-state.ts'
import type { Source } from './collect-state.ts'
import { createKeyPair } from './encryption.ts'
import { BackupError } from './errors.ts'
import type { Section } from './manifest.ts'
import { proveBackup } from './prove-backup.ts'
import { noteBackup } from './records.ts'
import { createId } from './state.ts'
import { writeBackup } from './write-backup.ts'
import type { WrittenBackup } from './write-backup.ts'

export interface BackupOrder {
  /** Public keys of age. */
  readonly recipients: readonly string[]
  /** Where it will be kept, as a person would say it. */
  readonly place: string
  readonly by: string
  /** Of Atoll. */
  readonly version: string
}

export interface MadeBackup {
  readonly id: string
  readonly bytes: number
  /** Of the file. */
  readonly sha256: string
  readonly sections: readonly Section[]
  /** Secrets of apps whose values are not in it. */
  readonly missing: readonly string[]
}

export type BackupPiece =
  | { readonly kind: 'begun'; readonly id: string }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** Last, and proven. Without it the file was cut off. */
  | ({ readonly kind: 'made' } & MadeBackup)

type World = Source & { readonly documents: Documents; readonly clock: { now(): number } }

/** A file is held in memory until it is proven; state of a hundred thousand documents packs to less. */
const mostBytes = 128 * 1024 * 1024

/**
 * The file in pieces; once all were taken it is proven, by a key that nobody else has ever had, and written down in the cluster.
 * Throws as its parts do, and BackupError `too-large`.
 */
export async function* makeBackup(
  world: World,
  { recipients, place, by, version }: BackupOrder,
  signal: AbortSignal,
): AsyncGenerator<BackupPiece, void> {
  const madeAtMs = world.clock.now()
  const about = { id: createId(madeAtMs, randomBytes), madeAtMs, version, by }
  yield { kind: 'begun', id: about.id }
  const { identity, recipient } = await createKeyPair()
  const { manifest, missing, chunks } = await begin(world, { about, recipients: [...recipients, recipient] }, signal)
  const file: Uint8Array[] = []
  let length = 0
  for await (const bytes of chunks) {
    signal.throwIfAborted()
    length += bytes.length
    if (length > mostBytes) throw tooLarge()
    file.push(bytes)
    yield { kind: 'data', bytes }
  }
  const proof = { unlock: { kind: 'identity', identity }, name: about.id, made: manifest, signal } as const
  await proveBackup(ReadableStream.from(file), proof)
  const made = { bytes: length, sha256: hashOf(file), missing }
  await noteBackup(world, { id: about.id, madeAtMs, by, place, ...made }, signal)
  yield { kind: 'made', id: about.id, sections: manifest.sections, ...made }
}

interface Begun {
  readonly about: Parameters<typeof collectState>[1]
  readonly recipients: readonly string[]
}

/** Nobody holds the state once its file is written: the proof reads all of it again, and there is not room for both. */
const begin = async (
  world: World,
  { about, recipients }: Begun,
  signal: AbortSignal,
): Promise<WrittenBackup & Pick<MadeBackup, 'missing'>> => {
  const state = await collectState(world, about, signal)
  const missing = listMissingSecrets(state.documents)
  return { missing, ...(await writeBackup(state, { kind: 'recipients', recipients })) }
}

const hashOf = (file: readonly Uint8Array[]): string => {
  const hash = createHash('sha256')
  for (const bytes of file) hash.update(bytes)
  return hash.digest('hex')
}

const tooLarge = (): BackupError =>
  new BackupError('too-large', `make a backup: it would have more than ${mostBytes / 1024 / 1024} MB`, {
    hint: 'old releases and receipts are most of it; "atoll rm" of environments nobody needs removes theirs',
  })
