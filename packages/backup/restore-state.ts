import type { Engine, EnvironmentRef } from '@atoll/engine'
import type { Archive, Document, Documents } from '@atoll/store'
import { openAppSecrets } from './app-secrets.ts'
import { chooseDocuments } from './choose-documents.ts'
import { BackupError } from './errors.ts'
import type { State } from './state.ts'

/** What is restored into: a cluster, or one that is in memory alone. */
export interface Target {
  readonly engine: Pick<Engine, 'apply' | 'observe'>
  readonly documents: Documents
  readonly archive: Archive
}

export interface RestoreOptions {
  readonly signal: AbortSignal
  readonly onStep: (step: string) => void
}

/** Where the secrets of the platform are kept, so that no plan of it removes them. */
const keysRef: EnvironmentRef = { app: 'atoll', environment: 'keys' }
const markPlace = ['platform', 'restore'] as const

/** Stands while a restore goes on: what is there is of that backup, or is about to go. */
interface Mark {
  readonly backup: string
  /** `clear`: what was there before is being removed. */
  readonly phase: 'clear' | 'write'
}

export type Found =
  | { readonly kind: 'empty' }
  /** The platform, installed and used by nobody yet. */
  | { readonly kind: 'unused' }
  /** A restore of a backup that did not come to its end. */
  | { readonly kind: 'begun'; readonly backup: string; readonly phase: Mark['phase'] }
  /** Everything else would be lost: what there is of it. */
  | {
      readonly kind: 'used'
      readonly environments: readonly string[]
      readonly people: number
      readonly documents: number
    }

/** What is in a cluster now, as far as it would be in the way. */
export const lookAtTarget = async ({ archive }: Pick<Target, 'archive'>, signal: AbortSignal): Promise<Found> => {
  const all = await archive.readAll(signal)
  const mark = all.findLast(({ collection, id }) => collection === markPlace[0] && id === markPlace[1])
  if (mark !== undefined) return { kind: 'begun', ...(mark.value as Mark) }
  if (all.length === 0) return { kind: 'empty' }
  const idsOf = (wanted: string) => new Set(all.filter(({ collection }) => collection === wanted).map(({ id }) => id))
  const environments = [...idsOf('environment')].filter((id) => id !== 'atoll.system')
  const people = idsOf('person').size
  if (environments.length === 0 && people === 0) return { kind: 'unused' }
  const documents = new Set(all.map(({ collection, id }) => `${collection}/${id}`)).size
  return { kind: 'used', environments, people, documents }
}

/** Says in the cluster itself that it is being restored; whoever installs the platform looks there. */
export const markRestore = async ({ documents }: Pick<Target, 'documents'>, mark: Mark, signal: AbortSignal) => {
  const known = await documents.find<Mark>(...markPlace, signal)
  if (known?.value.phase === mark.phase && known.value.backup === mark.backup) return
  await documents.put<Mark>(...markPlace, { expected: known?.revision ?? 0, value: mark }, signal)
}

/** BackupError `not-empty` where a restore did not come to its end: what is there is half of something. */
export const requireNoRestore = async ({ documents }: Pick<Target, 'documents'>, signal: AbortSignal) => {
  const mark = await documents.find<Mark>(...markPlace, signal)
  if (mark === undefined) return
  throw new BackupError('not-empty', `a restore of the backup ${mark.value.backup} began here and has not ended`, {
    hint: 'run "atoll restore" with the same file again: it goes on where it stopped',
  })
}

/** Removes every document but the mark. */
export const clearDocuments = async ({ archive, documents }: Target, { signal, onStep }: RestoreOptions) => {
  const all = await archive.readAll(signal)
  const keys = new Map(all.map(({ collection, id }) => [JSON.stringify([collection, id]), { collection, id }]))
  onStep(`remove ${keys.size} documents that were there`)
  for (const { collection, id } of keys.values()) {
    if (collection === markPlace[0] && id === markPlace[1]) continue
    await documents.remove(collection, id, signal)
  }
}

/**
 * Keys, secrets of apps and documents of a state, as they were. Every step may be repeated; the record of the keys comes last,
 * so that until then nobody takes the cluster for an installed one. Throws EngineError, StoreError and SealError.
 */
export const restoreState = async (target: Target, state: State, { signal, onStep }: RestoreOptions): Promise<void> => {
  const secrets = openAppSecrets(state)
  onStep(`${state.keys.length + secrets.length} secrets`)
  for (const { engineName, value } of state.keys) {
    const file = { name: engineName, engineName, isExternal: false, labels: {} }
    await createSecret(target, { ref: keysRef, file, value: Buffer.from(value) }, signal)
  }
  for (const secret of secrets) await createSecret(target, secret, signal)
  await writeDocuments(target, chooseDocuments(state.documents), { signal, onStep })
  await target.documents.remove(...markPlace, signal)
}

const createSecret = async (
  { engine }: Target,
  { ref, file, value }: ReturnType<typeof openAppSecrets>[number],
  signal: AbortSignal,
): Promise<void> => {
  const context = { ref, release: 1, secrets: { [file.engineName]: value } }
  await engine.apply({ kind: 'create-secret', file }, context, signal)
}

const tellEvery = 500

const writeDocuments = async (
  { archive }: Target,
  documents: readonly Document[],
  { signal, onStep }: RestoreOptions,
): Promise<void> => {
  const isLast = ({ collection, id }: Document): boolean => collection === 'platform' && id === 'keys'
  const ordered = [...documents.filter((each) => !isLast(each)), ...documents.filter(isLast)]
  onStep(`${ordered.length} revisions of documents`)
  for (const [index, document] of ordered.entries()) {
    if (index > 0 && index % tellEvery === 0) onStep(`${index} of ${ordered.length} revisions are there`)
    await archive.write(document, signal)
  }
}
