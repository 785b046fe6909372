import { createHash } from 'node:crypto'

/** Swarm's limit for the name of a config. */
const MAX_NAME_CHARACTERS = 64
/** Room for revisions below ten thousand million. */
const REVISION_CHARACTERS = 10
const HASH_CHARACTERS = 12

/** What our configs say of themselves; names may be shortened, labels are not. */
export const labels = {
  /** `head`: a revision, or as much of it as fits; `part`: the rest of one; `clearing`: its parts are being removed. */
  document: 'atoll.document',
  collection: 'atoll.document.collection',
  id: 'atoll.document.id',
  revision: 'atoll.document.revision',
  /** Of a head: what the names of its parts begin with, and how many there are. */
  parts: 'atoll.document.parts',
  partCount: 'atoll.document.parts.count',
} as const

export interface DocumentKey {
  readonly collection: string
  readonly id: string
}

/**
 * `atoll.COLLECTION.ID.REVISION`. One revision, one name: creating it is what makes a write the first. An id that is too
 * long, or has characters a name must not have, is cut and ends in its hash.
 */
export const renderHeadName = (key: DocumentKey, revision: number): string => renderDocumentName(key) + revision

/** What the names of all heads of one document begin with; the rest of them is the revision. */
export const renderDocumentName = ({ collection, id }: DocumentKey): string =>
  `${renderCollection(collection)}${shortenId(id, idCharacters(collection))}.`

/** What the names of a collection's heads begin with, when their ids begin with `prefix`. */
export const renderNamePrefix = (collection: string, prefix: string): string =>
  renderCollection(collection) + cleanName(prefix).slice(0, idCharacters(collection) - HASH_CHARACTERS - 1)

export const renderPartName = (token: string, index: number): string => `atoll-part.${token}.${index}`

/** Says to the writer of these parts, should it come back, that they are being removed. */
export const renderClearingName = (token: string): string => `atoll-part.${token}.clearing`

const renderCollection = (collection: string): string => `atoll.${collection}.`

const idCharacters = (collection: string): number =>
  MAX_NAME_CHARACTERS - renderCollection(collection).length - 1 - REVISION_CHARACTERS

const shortenId = (id: string, maxCharacters: number): string => {
  const clean = cleanName(id)
  if (clean === id && id.length <= maxCharacters) return id
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_CHARACTERS)
  return `${clean.slice(0, maxCharacters - HASH_CHARACTERS - 1)}-${hash}`
}

const cleanName = (text: string): string => text.replace(/[^\w.-]/g, '_')
