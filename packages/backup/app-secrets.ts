import type { EnvironmentRef } from '@atoll/engine'
import type { StoredFile } from '@atoll/spec'
import type { Document } from '@atoll/store'
import { openSeals, parseKeyring } from '@atoll/store/sealed'
import type { Keyring } from '@atoll/store/sealed'
import type { State } from './state.ts'

/**
 * The value of a secret of an app, which no engine gives back. Document `app-secret`, its id the engine's name: that ends in
 * the hash of the value, so that it is written once.
 */
export interface AppSecret {
  readonly ref: EnvironmentRef
  readonly file: StoredFile
  /** Opens at its place alone. */
  readonly sealed: unknown
}

export const appSecrets = 'app-secret'

export const placeOfSecret = (engineName: string): string => `${appSecrets}/${engineName}`

export interface OpenedSecret {
  readonly ref: EnvironmentRef
  readonly file: StoredFile
  readonly value: Uint8Array
}

/** Values of secrets of apps, opened with the keys that are in the same state. Throws SealError. */
export const openAppSecrets = ({ documents, keys }: Pick<State, 'documents' | 'keys'>): readonly OpenedSecret[] => {
  const found = newestOf<AppSecret>(documents, appSecrets)
  if (found.length === 0) return []
  const seals = openSeals({ keys: findKeyring(documents, keys) })
  return found.map(({ id, value: { ref, file, sealed } }) => ({
    ref,
    file,
    value: seals.open(sealed, placeOfSecret(id)),
  }))
}

const findKeyring = (documents: readonly Document[], keys: State['keys']): Keyring => {
  const [record] = newestOf<{ readonly sealsSecret: string }>(documents, 'platform').filter(({ id }) => id === 'keys')
  const keyring = keys.find(({ engineName }) => engineName === record?.value.sealsSecret)
  return keyring === undefined ? [] : parseKeyring(keyring.value)
}

/** Secrets that current releases need and whose value is nowhere: they were deployed in direct mode, or long ago. */
export const listMissingSecrets = (documents: readonly Document[]): readonly string[] => {
  const known = new Set(newestOf(documents, appSecrets).map(({ id }) => id))
  const releases = new Map(newestOf<ReleaseLike>(documents, 'release').map(({ id, value }) => [id, value]))
  const current = newestOf<{ readonly current?: number }>(documents, 'environment').flatMap(({ id, value }) =>
    value.current === undefined ? [] : [releases.get(`${id}.${value.current}`)],
  )
  const needed = current.flatMap((release) => release?.app.secrets ?? []).filter(({ isExternal }) => !isExternal)
  return [...new Set(needed.map(({ engineName }) => engineName))].filter((name) => !known.has(name)).toSorted()
}

interface ReleaseLike {
  readonly app: { readonly secrets: readonly StoredFile[] }
}

/** Of revisions that stand oldest first, the last of each document of a collection. */
const newestOf = <T>(documents: readonly Document[], collection: string): readonly Document<T>[] => {
  const newest = new Map<string, Document<T>>()
  for (const document of documents) {
    if (document.collection === collection) newest.set(document.id, document as Document<T>)
  }
  return [...newest.values()]
}
