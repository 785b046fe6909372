import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What is served of a site: files by their path, as clients ask for it once nothing in it is encoded. What is not here is not served. */
export type SiteIndex = Readonly<Record<string, SiteFile>>

export interface SiteFile {
  /** SHA-256 of its bytes in hexadecimal; it is kept under this name. */
  readonly hash: string
  readonly sizeBytes: number
  /** Since 1970. */
  readonly modifiedSeconds: number
}

/** Beside the files, in the folder of its site. */
export const indexName = 'index.json'

/** Folder of a site: `id` as of StaticSite. */
export const siteFolder = (folder: string, id: string): string => join(folder, id)

/** Sites whose indexes are kept; one of 10,000 files is a megabyte or two. */
const mostSites = 50

/** Indexes are read once: a site never changes. Resolves to undefined while this node does not have it. */
export type ReadIndex = (id: string) => Promise<SiteIndex | undefined>

export const createIndexReader = (folder: string): ReadIndex => {
  const known = new Map<string, SiteIndex>()
  return async (id) => {
    const index = known.get(id) ?? (await readIndex(join(siteFolder(folder, id), indexName)))
    if (index === undefined) return undefined
    // Last is who was asked for last.
    known.delete(id)
    known.set(id, index)
    const [oldest] = known.keys()
    if (known.size > mostSites && oldest !== undefined) known.delete(oldest)
    return index
  }
}

const readIndex = async (path: string): Promise<SiteIndex | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as SiteIndex
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
