import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeImageArchive } from './image-archive.ts'
import type { ImageArchive } from './image-archive.ts'

const workFolder = join(import.meta.dirname, '../../../.atoll')

/** Where `init` keeps the image it makes. */
export const ownArchivePath = join(workFolder, 'system-image.tar.gz')

/** Makes the image of the platform from these sources and this Node. CommandError `not-linux` where that cannot be. */
export const makeImage = async (path: string): Promise<ImageArchive> => {
  // Bundling loads a compiler.
  const { writeImageFolders } = await import('./image-folders.ts')
  const folders = await writeImageFolders(join(workFolder, 'system'))
  await mkdir(dirname(path), { recursive: true })
  return writeImageArchive(folders, path)
}
