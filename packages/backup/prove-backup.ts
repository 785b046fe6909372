import { isDeepStrictEqual } from 'node:util'
import { openFakeEngine } from '@atoll/engine/fake'
import type { Document, Documents } from '@atoll/store'
import { createMemoryDocuments } from '@atoll/store/memory'
import { openAppSecrets } from './app-secrets.ts'
import { chooseDocuments } from './choose-documents.ts'
import type { Unlock } from './encryption.ts'
import { BackupError } from './errors.ts'
import type { MadeBackup } from './make-backup.ts'
import { readBackup } from './read-backup.ts'
import type { ReadBackup } from './read-backup.ts'
import { restoreState } from './restore-state.ts'
import type { State } from './state.ts'

interface Options {
  readonly unlock: Unlock
  readonly name: string
  /** What was written down when it was made; what the file itself says when absent. */
  readonly made?: Pick<MadeBackup, 'id' | 'sections'>
  readonly signal: AbortSignal
}

/**
 * Restores a file into a cluster that is in memory alone, and holds what is there then against what was backed up, document
 * by document and secret by secret. Throws as readBackup does, and BackupError `not-proven`.
 */
export const proveBackup = async (chunks: AsyncIterable<Uint8Array>, options: Options): Promise<ReadBackup> => {
  const { name, made, signal } = options
  const read = await readBackup(chunks, options)
  const { id, sections } = read.manifest
  if (made !== undefined && !isDeepStrictEqual({ id, sections }, { id: made.id, sections: made.sections })) {
    throw new BackupError('not-proven', `prove ${name}: it is another backup than the one that was made`)
  }
  await rehearse(read.state, { name, signal })
  return read
}

const rehearse = async (state: State, { name, signal }: Pick<Options, 'name' | 'signal'>): Promise<void> => {
  const engine = openFakeEngine({ nodes: 1 })
  const documents = createMemoryDocuments({ clock: engine.clock })
  const { archive } = documents
  await restoreState({ engine, documents, archive }, state, { signal, onStep: () => undefined })
  const different = await findDifference(documents, chooseDocuments(state.documents), signal)
  if (different !== undefined) throw new BackupError('not-proven', `prove ${name}: restored, ${different}`)
  const wanted = [
    ...state.keys.map(({ engineName, value }) => [engineName, Buffer.from(value)] as const),
    ...openAppSecrets(state).map(({ file, value }) => [file.engineName, Buffer.from(value)] as const),
  ]
  for (const [engineName, value] of wanted) {
    const found = engine.world.secrets.get(engineName)?.value
    if (found !== undefined && value.equals(found)) continue
    throw new BackupError('not-proven', `prove ${name}: restored, the secret ${engineName} is another`)
  }
}

/** One document after the other: two copies of all would be too much for who makes backups beside other work. */
const findDifference = async (
  restored: Documents,
  wanted: readonly Document[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  const byDocument = Map.groupBy(wanted, ({ collection, id }) => JSON.stringify([collection, id]))
  for (const revisions of byDocument.values()) {
    const [{ collection, id } = { collection: '', id: '' }] = revisions
    const found = (await restored.history(collection, id, signal)).toReversed()
    if (!isDeepStrictEqual(found, revisions)) return `${collection} ${id} is another`
  }
  return undefined
}
