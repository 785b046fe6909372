import type { Document } from '@atoll/store'

/** What is of one cluster's nodes or one moment, and would be wrong in another. */
const left: ReadonlySet<string> = new Set([
  // Whoever signed in signs in again; a stolen session of before is worth nothing.
  'session',
  'oidc-code',
  'answered',
  // Claims and looks that name nodes which are not there.
  'leader-healing',
  'manager-keeping',
  'canary-watch',
  'name-watch',
  'node-watch',
])

/** What of a backup a new cluster gets. */
export const chooseDocuments = (documents: readonly Document[]): readonly Document[] =>
  documents.filter(({ collection, id }) => !left.has(collection) && !(collection === 'platform' && id === 'restore'))
