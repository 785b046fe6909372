import { createHash } from 'node:crypto'
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '@atoll/engine'
import type { FolderFile, ImageFolders } from '@atoll/engine'
import { measureDisk } from '@atoll/engine/swarm'
import { indexName, siteFolder } from '@atoll/ingress/site-index'
import type { SiteFile, SiteIndex } from '@atoll/ingress/site-index'
import { diskLadder } from '@atoll/plan'
import type { StaticSite } from '@atoll/spec'

/** What one site may have. */
export interface SiteLimits {
  readonly files: number
  readonly bytes: number
}

export interface Unpacking {
  /** The volume that what serves files reads. */
  readonly folder: string
  readonly folders: ImageFolders
  readonly limits: SiteLimits
}

/** Sites that are being written, or removed. */
const unfinished = '.part'

/**
 * Writes a site into the volume, by the hashes of its files: no name of the image becomes a name on this node. It is there at once or
 * not at all. Throws EngineError `refused` when it is too large or the disk too full, and what reading the image throws.
 */
export const unpackSite = async (
  { folder, folders, limits }: Unpacking,
  { id, image, path }: StaticSite,
  signal: AbortSignal,
): Promise<void> => {
  const own = siteFolder(folder, id)
  const part = own + unfinished
  const doing = `bring ${path} of ${image} to this node`
  await rm(part, { recursive: true, force: true })
  await mkdir(part)
  try {
    const index: Record<string, SiteFile> = {}
    const room = createRoom({ doing, folder, limits })
    const take = async (file: FolderFile): Promise<void> => {
      await room.take(file.sizeBytes)
      index[file.path] = await writeBlob(part, file)
    }
    await folders.read({ image, path }, take, signal)
    if (Object.keys(index).length === 0) throw new EngineError('refused', `${doing}: there are no files in it`)
    await writeFile(join(part, indexName), JSON.stringify(index), { flush: true })
    await rename(part, own)
  } catch (error) {
    await rm(part, { recursive: true, force: true })
    throw error
  }
}

interface Room {
  readonly doing: string
  readonly folder: string
  readonly limits: SiteLimits
}

const createRoom = ({ doing, folder, limits }: Room) => {
  let [files, bytes] = [0, 0]
  return {
    take: async (sizeBytes: number): Promise<void> => {
      files += 1
      bytes += sizeBytes
      if (files > limits.files) throw refuse(doing, `it has more than ${limits.files} files`)
      if (bytes > limits.bytes) throw refuse(doing, `it has more than ${Math.floor(limits.bytes / 1e6)} MB`)
      const { usedShare, freeBytes } = await measureDisk(folder)
      if (usedShare < diskLadder.refuseBuilds && freeBytes > sizeBytes) return
      throw refuse(
        doing,
        `the disk of the node is ${Math.floor(usedShare * 100)} % full; make room there ("atoll df", "atoll prune")`,
      )
    },
  }
}

const refuse = (doing: string, why: string): EngineError => new EngineError('refused', `${doing}: ${why}`)

const writeBlob = async (part: string, { sizeBytes, modifiedSeconds, content }: FolderFile): Promise<SiteFile> => {
  const hash = createHash('sha256')
  const writing = join(part, 'next')
  await using file = await open(writing, 'w', 0o644)
  for await (const chunk of content) {
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  const name = hash.digest('hex')
  await rename(writing, join(part, name))
  return { hash: name, sizeBytes, modifiedSeconds }
}

export const hasSite = async (folder: string, id: string): Promise<boolean> =>
  (await sizeOf(join(siteFolder(folder, id), indexName))) !== undefined

/** Atomic for whoever looks: it is away before any of its files. */
export const removeSite = async (folder: string, id: string): Promise<void> => {
  const own = siteFolder(folder, id)
  await rename(own, own + unfinished)
  await rm(own + unfinished, { recursive: true, force: true })
}

/** Ids of the sites that are whole. What a power cut or a killed agent left of others is removed. */
export const listSites = async (folder: string): Promise<readonly string[]> => {
  const whole: string[] = []
  for (const name of await readdir(folder)) {
    if (/^[0-9a-f]{32}$/.test(name) && (await isWhole(siteFolder(folder, name)))) whole.push(name)
    else await rm(join(folder, name), { recursive: true, force: true })
  }
  return whole
}

const isWhole = async (own: string): Promise<boolean> => {
  try {
    const index = JSON.parse(await readFile(join(own, indexName), 'utf8')) as SiteIndex
    for (const { hash, sizeBytes } of Object.values(index)) {
      if ((await sizeOf(join(own, hash))) !== sizeBytes) return false
    }
    return true
  } catch {
    return false
  }
}

const sizeOf = async (path: string): Promise<number | undefined> =>
  (
    await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
  )?.size
