import type { Reply } from '@atoll/api'
import { createHash } from 'node:crypto'

export type AuditEntry = Reply<'listAudit'>['items'][number]

/** What is to be written down. `atMs` is when it happened. */
export type AuditNote = Omit<AuditEntry, 'sequence' | 'previousHash' | 'hash'>

/** The end of the chain: what the next entry follows. */
export type ChainEnd = Pick<AuditEntry, 'sequence' | 'hash'>

/** The entry with the hash of itself; `previous` is the one before, absent for the first. */
export const chainEntry = (note: AuditNote, previous: ChainEnd | undefined): AuditEntry => {
  const linked = { ...note, sequence: (previous?.sequence ?? 0) + 1, previousHash: previous?.hash ?? '' }
  return { ...linked, hash: hashOf(linked) }
}

interface AuditVerifier {
  /** Takes the next entry, oldest first. False: it is not what was written, or does not follow from the one before. */
  take(entry: AuditEntry): boolean
}

/** Holds one entry at a time, however long the chain is. */
export const createVerifier = (): AuditVerifier => {
  let previous: AuditEntry | undefined
  return {
    take: (entry) => {
      const isRight = isIntact(entry) && follows(entry, previous)
      previous = entry
      return isRight
    },
  }
}

const isIntact = ({ hash, ...rest }: AuditEntry): boolean => hash === hashOf(rest)

/** The oldest that is kept follows from one that is not. */
const follows = (entry: AuditEntry, previous: AuditEntry | undefined): boolean => {
  if (previous === undefined) return entry.sequence > 1 || entry.previousHash === ''
  return entry.sequence === previous.sequence + 1 && entry.previousHash === previous.hash
}

const hashOf = (entry: Omit<AuditEntry, 'hash'>): string =>
  createHash('sha256')
    .update(JSON.stringify(sortKeys(entry)))
    .digest('hex')

/** The same value has one text, in whatever order its keys were written. */
const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortKeys(item)]),
  )
}
