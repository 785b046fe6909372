import type { Documents } from '@atoll/store'
import { limits } from './limits.ts'
import type { DocumentsCopy } from './view/copy.ts'

export type RecentDocuments = Pick<Documents, 'find' | 'list'>

interface Sources {
  readonly documents: Documents
  readonly copy: DocumentsCopy
}

/**
 * Documents as they were a moment ago (`limits.recentDocumentsMs`), for who looks often and changes nothing but by
 * compare-and-set: from this control's copy, which events keep; of the engine where the copy is older. Throws StoreError.
 */
export const shareDocuments = ({ documents, copy }: Sources): RecentDocuments => {
  const isRecent = (collection: string): boolean => copy.ageMs(collection) <= limits.recentDocumentsMs
  return {
    find: async (collection, id, signal) =>
      isRecent(collection) ? copy.find(collection, id) : documents.find(collection, id, signal),
    list: async (collection, query, signal) =>
      isRecent(collection) ? copy.list(collection, query) : documents.list(collection, query, signal),
  }
}
