import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { documentFormat } from '@atoll/store'
import { writeImageArchive } from './image-archive.ts'
import type { ImageArchive } from './image-archive.ts'

const workFolder = join(import.meta.dirname, '../../../.atoll')

/** Where `init` keeps the image it makes. */
export const ownArchivePath = join(workFolder, 'system-image.tar.gz')

/**
 * Makes the image of the platform from these sources and this Node. Several may do so at once: each has a folder of its own,
 * and the file is there when it is whole. CommandError `not-linux` where that cannot be.
 */
export const makeImage = async (path: string): Promise<ImageArchive> => {
  // Bundling loads a compiler.
  const { writeImageFolders } = await import('./image-folders.ts')
  await mkdir(dirname(path), { recursive: true })
  const folder = await mkdtemp(`${path}-`)
  try {
    const folders = await writeImageFolders(join(folder, 'files'))
    const { version } = (await import('../package.json', { with: { type: 'json' } })).default
    const making = { version, documents: documentFormat }
    const archive = await writeImageArchive(folders, join(folder, 'image'), making)
    await rename(archive.path, path)
    return { ...archive, path }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
