import type { EnvironmentRef } from '@atoll/engine'
import type { Document } from '@atoll/store'
import type { Call } from '../context.ts'
import { NotFoundError, isConflict, renderRef } from '../errors.ts'
import { limits } from '../limits.ts'
import type { DeploymentRecord, EnvironmentRecord, Release } from '../records.ts'
import { persist } from './persist.ts'

/** The three kinds of documents of this room, and how their ids are made. */
export const collections = { environment: 'environment', release: 'release', deployment: 'deployment' } as const

/** What reading and writing documents needs of a call. */
export type Reader = Pick<Call, 'context' | 'ref' | 'signal' | 'onEvent' | 'outageMs'>

/** A value and the revision it has; 0 when there is no document yet. */
export interface Versioned<T> {
  readonly revision: number
  readonly value: T
}

export const environmentId = ({ app, environment }: EnvironmentRef): string => `${app}.${environment}`

const numberedId = (ref: EnvironmentRef, number: number): string => `${environmentId(ref)}.${number}`

const blank: EnvironmentRecord = { lastRelease: 0, lastDeployment: 0 }

/** The environment's record; a blank one of revision 0 when nothing was ever deployed to it. */
export const getEnvironment = async (reader: Reader): Promise<Versioned<EnvironmentRecord>> => {
  const found = await read<EnvironmentRecord>(reader, collections.environment, environmentId(reader.ref))
  return found ?? { revision: 0, value: blank }
}

export const findRelease = async (reader: Reader, number: number): Promise<Release | undefined> =>
  (await read<Release>(reader, collections.release, numberedId(reader.ref, number)))?.value

export const getRelease = async (reader: Reader, number: number): Promise<Release> => {
  const release = await findRelease(reader, number)
  if (release !== undefined) return release
  throw new NotFoundError(`${renderRef(reader.ref)} has no release ${number}`, 'see "atoll releases"')
}

export const findDeployment = (reader: Reader, number: number): Promise<Versioned<DeploymentRecord> | undefined> =>
  read<DeploymentRecord>(reader, collections.deployment, numberedId(reader.ref, number))

/** The same of releases that were listed before. */
export const getListed = (releases: readonly Release[], number: number): Release => {
  const release = releases.find((listed) => listed.number === number)
  if (release !== undefined) return release
  throw new NotFoundError(`release ${number} is not there any more`, 'see "atoll releases"')
}

/** Newest first. */
export const listReleases = async (reader: Reader): Promise<readonly Release[]> => {
  const releases = await list<Release>(reader, collections.release)
  return releases.toSorted((a, b) => b.number - a.number)
}

/** Newest first. */
export const listDeployments = async (reader: Reader): Promise<readonly DeploymentRecord[]> => {
  const deployments = await list<DeploymentRecord>(reader, collections.deployment)
  return deployments.toSorted((a, b) => b.number - a.number)
}

/** Writes revision `expected` + 1 and gives its number; ConflictError when somebody else wrote it first. */
export const writeEnvironment = (
  reader: Reader,
  write: { readonly expected: number; readonly value: EnvironmentRecord },
): Promise<number> => put(reader, collections.environment, { id: environmentId(reader.ref), ...write })

/** A release is written once; writing the very same again is no error. */
export const writeRelease = (reader: Reader, release: Release): Promise<number> =>
  put(reader, collections.release, { id: numberedId(reader.ref, release.number), expected: 0, value: release })

export const writeDeployment = (
  reader: Reader,
  write: { readonly expected: number; readonly value: DeploymentRecord },
): Promise<number> => put(reader, collections.deployment, { id: numberedId(reader.ref, write.value.number), ...write })

/** Removes releases and deployments that `isObsolete` says may go. */
export const removeRecords = async (
  reader: Reader,
  obsolete: { readonly releases: readonly number[]; readonly deployments: readonly number[] },
): Promise<void> => {
  for (const number of obsolete.releases) await remove(reader, collections.release, numberedId(reader.ref, number))
  for (const number of obsolete.deployments) {
    await remove(reader, collections.deployment, numberedId(reader.ref, number))
  }
}

export const removeEnvironment = (reader: Reader): Promise<void> =>
  remove(reader, collections.environment, environmentId(reader.ref))

const patience = (reader: Reader, doing: string) => ({
  doing: `${doing} of ${renderRef(reader.ref)}`,
  limitMs: limits.documentsOutageMs,
})

const read = async <T>(reader: Reader, collection: string, id: string): Promise<Document<T> | undefined> =>
  persist(reader, patience(reader, `read the ${collection}`), () =>
    reader.context.documents.find<T>(collection, id, reader.signal),
  )

const list = async <T>(reader: Reader, collection: string): Promise<readonly T[]> => {
  const documents = await persist(reader, patience(reader, `list every ${collection}`), () =>
    reader.context.documents.list<T>(collection, { prefix: `${environmentId(reader.ref)}.` }, reader.signal),
  )
  return documents.map((document) => document.value)
}

const remove = (reader: Reader, collection: string, id: string): Promise<void> =>
  persist(reader, patience(reader, `remove a ${collection}`), () =>
    reader.context.documents.remove(collection, id, reader.signal),
  )

interface Write<T> {
  readonly id: string
  readonly expected: number
  readonly value: T
}

/**
 * A write whose answer was lost looks like a conflict when it is repeated: then the revision is there, with our value.
 */
const put = <T>(reader: Reader, collection: string, { id, expected, value }: Write<T>): Promise<number> =>
  persist(reader, patience(reader, `write the ${collection}`), async () => {
    const { documents } = reader.context
    try {
      return (await documents.put(collection, id, { expected, value }, reader.signal)).revision
    } catch (error) {
      if (!isConflict(error)) throw error
      const found = await documents.find(collection, id, reader.signal)
      if (found?.revision === expected + 1 && isSameJson(found.value, value)) return found.revision
      throw error
    }
  })

/** Compares as documents are kept: fields that are undefined do not exist, their order does not matter. */
export const isSameJson = (a: unknown, b: unknown): boolean => renderCanonical(a) === renderCanonical(b)

const renderCanonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  ) ?? ''
