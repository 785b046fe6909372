import type { Parsed, Reply } from '@atoll/api'
import type { Documents } from '@atoll/store'
import { limits } from '../limits.ts'
import type { AuditEntry } from './chain.ts'
import { readHead } from './ledger.ts'
import { readNewestFirst } from './read.ts'

type Query = Parsed<'listAudit', 'query'>

/** How an intent ended stands close behind it. */
const lookAhead = 1_000

/**
 * A page of entries, newest first. An intent is told only while nothing says how it ended. A page that was looked for in too
 * many segments ends early and says where the next goes on.
 */
export const findEntries = async (
  store: { readonly documents: Documents },
  query: Query,
  signal: AbortSignal,
): Promise<Reply<'listAudit'>> => {
  const { limit = limits.pageItems, after, since = 0 } = query
  const before = after === undefined ? Number.POSITIVE_INFINITY : Number(after)
  const most = limits.auditSegmentEntries * limits.auditSegmentsAPage
  const ended = new Set<number>()
  const items: AuditEntry[] = []
  let looked = 0
  let last = 0
  const used = await usedPercent(store, signal)
  for await (const entry of readNewestFirst(store, before + lookAhead, signal)) {
    if (entry.of !== undefined) ended.add(entry.of)
    if (entry.sequence >= before) continue
    if (entry.atMs < since) break
    if (items.length === limit || looked === most) return { items, next: String(last), usedPercent: used }
    looked += 1
    last = entry.sequence
    if (matches(entry, query) && !(entry.kind === 'intent' && ended.has(entry.sequence))) items.push(entry)
  }
  return { items, usedPercent: used }
}

const matches = ({ by, subject }: AuditEntry, { app, person }: Query): boolean => {
  const isOfApp = app === undefined || subject === app || subject.startsWith(`${app}/`)
  const isOfPerson = person === undefined || by === person || by.startsWith(`${person} (`) || subject === person
  return isOfApp && isOfPerson
}

const usedPercent = async (store: { readonly documents: Documents }, signal: AbortSignal): Promise<number> =>
  Math.floor((((await readHead(store, signal))?.value.bytes ?? 0) * 100) / limits.auditBytes)
