import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { indexName, siteFolder, type SiteFile } from '../static/site-index.ts'

export const modifiedSeconds = 1_700_000_000

/** For tests: a site as an agent leaves it, of these texts by path. */
export const writeSite = async (
  folder: string,
  id: string,
  texts: Readonly<Record<string, string | Buffer>>,
): Promise<void> => {
  const own = siteFolder(folder, id)
  await mkdir(own, { recursive: true })
  const index: Record<string, SiteFile> = {}
  for (const [path, text] of Object.entries(texts)) {
    const hash = createHash('sha256').update(text).digest('hex')
    index[path] = { hash, sizeBytes: Buffer.byteLength(text), modifiedSeconds }
    await writeFile(join(own, hash), text)
  }
  await writeFile(join(own, indexName), JSON.stringify(index))
}
