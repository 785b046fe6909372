import type { Reply } from '@atoll/api'
import { createHash } from 'node:crypto'

export type AuditEntry = Reply<'listAudit'>['items'][number]

/** The entry with the hash of itself; `previous` is the one before, absent for the first. */
export const chainEntry = (
  entry: Omit<AuditEntry, 'sequence' | 'previousHash' | 'hash'>,
  previous: AuditEntry | undefined,
): AuditEntry => {
  const linked = { ...entry, sequence: (previous?.sequence ?? 0) + 1, previousHash: previous?.hash ?? '' }
  return { ...linked, hash: hashOf(linked) }
}

/** The first entry that does not follow from the one before or is not what was written; undefined when all is well. */
export const verifyAudit = (entries: readonly AuditEntry[]): AuditEntry | undefined => {
  const sorted = entries.toSorted((a, b) => a.sequence - b.sequence)
  return sorted.find((entry, index) => !isIntact(entry) || !follows(entry, sorted[index - 1]))
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
