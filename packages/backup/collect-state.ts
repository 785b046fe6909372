import type { Engine } from '@atoll/engine'
import type { Archive, Document } from '@atoll/store'
import { BackupError } from './errors.ts'
import type { About, PlatformKey, State } from './state.ts'

/** The platform's keys as its controls have them mounted. */
export interface KeyValues {
  readonly authority: string
  readonly seals: string
  readonly agents?: string
}

export interface Source {
  readonly archive: Archive
  readonly engine: Pick<Engine, 'nodes'>
  /** Asked only where a platform is installed. */
  readonly readKeys: (signal: AbortSignal) => Promise<KeyValues>
}

/** What `atoll init` writes of the platform's keys, as far as it matters here. Document `platform`, id `keys`. */
interface KeysRecord {
  readonly authoritySecret: string
  readonly sealsSecret: string
  readonly agentsSecret?: string
  readonly isComplete: boolean
  readonly rotation?: unknown
}

/** Everything as it is at this moment. BackupError `keys` while keys are exchanged, or are not at hand. */
export const collectState = async (
  { archive, engine, readKeys }: Source,
  about: Omit<About, 'nodes'>,
  signal: AbortSignal,
): Promise<State> => {
  const documents = await archive.readAll(signal)
  const keys = await collectKeys(documents, readKeys, signal)
  const nodes = (await engine.nodes(signal)).map(({ name, isManager, labels }) => ({ name, isManager, labels }))
  return { about: { ...about, nodes }, documents, keys }
}

const collectKeys = async (
  documents: readonly Document[],
  readKeys: Source['readKeys'],
  signal: AbortSignal,
): Promise<readonly PlatformKey[]> => {
  const revisions = documents.filter(({ collection, id }) => collection === 'platform' && id === 'keys')
  const record = revisions.at(-1)?.value as KeysRecord | undefined
  if (record === undefined) return []
  if (!record.isComplete || record.rotation !== undefined) throw keysChange()
  const { authority, seals, agents } = await readKeys(signal)
  return [
    { engineName: record.authoritySecret, value: authority },
    { engineName: record.sealsSecret, value: seals },
    ...(record.agentsSecret === undefined || agents === undefined
      ? []
      : [{ engineName: record.agentsSecret, value: agents }]),
  ]
}

const keysChange = (): BackupError =>
  new BackupError('keys', 'make a backup: the keys of the platform are being made or exchanged', {
    retry: true,
    hint: 'finish that first: "atoll init" or "atoll keys rotate" goes on where it stopped',
  })
