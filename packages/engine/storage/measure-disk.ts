import { statfs } from 'node:fs/promises'
import type { NodeDisk } from './storage.ts'

/** As `df` counts it: what is kept for root is neither used nor free. Throws what `statfs` throws. */
export const measureDisk = async (path: string): Promise<NodeDisk> => {
  const { blocks, bfree, bavail, bsize, files, ffree } = await statfs(path)
  const used = shareOf(blocks - bfree, bavail)
  // Some file systems have no fixed number of inodes and say 0.
  const usedInodes = files === 0 ? 0 : shareOf(files - ffree, ffree)
  return {
    sizeBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    usedShare: Math.max(used, usedInodes),
    scarce: usedInodes > used ? 'inodes' : 'bytes',
  }
}

const shareOf = (used: number, free: number): number => (used + free === 0 ? 1 : used / (used + free))
