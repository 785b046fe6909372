import type { Document, Documents } from '@atoll/store'
import { limits } from '../limits.ts'
import type { AuditEntry } from './chain.ts'
import type { AuditHead } from './ledger.ts'

/** Where each entry was a document of its own, before there were segments. */
const collection = 'audit'

/** The head of an audit that has none: an empty one, or one that goes on where the documents of before end. */
export const takeOver = async (
  { documents }: { readonly documents: Documents },
  signal: AbortSignal,
): Promise<Pick<Document<AuditHead>, 'revision' | 'value'>> => {
  const found = await documents.list<AuditEntry>(collection, {}, signal)
  const open = found.map(({ value }) => value).toSorted((a, b) => a.sequence - b.sequence)
  const { sequence, hash } = open.at(-1) ?? { sequence: 0, hash: '' }
  const base = open[0]?.sequence ?? 1
  const size = limits.auditSegmentEntries
  return { revision: 0, value: { sequence, hash, open, base, size, oldest: 0, bytes: 0 } }
}
