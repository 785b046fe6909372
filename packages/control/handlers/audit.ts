import { findEntries } from '../audit/find-entries.ts'
import { readOldestFirst } from '../audit/read.ts'
import type { Handlers } from './handler.ts'

export const auditHandlers: Handlers<'listAudit' | 'exportAudit'> = {
  listAudit: (control, { query, signal }) => findEntries(control, query, signal),
  exportAudit: async (control, { signal }) => readOldestFirst(control, signal),
}
