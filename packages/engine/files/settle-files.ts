import { lstat, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'

/**
 * Moves what is whole to where it belongs. A folder that is there already keeps what it has besides, and files of the same name
 * are replaced. EngineError `conflict` where a folder would take the place of something else, or the other way round.
 */
export const settleFiles = async (from: string, to: string): Promise<void> => {
  const [ours, theirs] = await Promise.all([findKind(from), findKind(to)])
  if (ours === 'folder' && theirs === 'folder') {
    for (const name of await readdir(from)) await settleFiles(join(from, name), join(to, name))
    return
  }
  if (theirs !== undefined && (ours === 'folder' || theirs === 'folder'))
    throw new EngineError(
      'conflict',
      `copy to ${to}: it is a ${theirs} already, and a ${ours} was copied; move it away`,
    )
  await rename(from, to)
}

/** A link counts for itself: nothing is put through one. */
const findKind = async (path: string): Promise<'folder' | 'file' | undefined> => {
  try {
    return (await lstat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
