import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Room on the engine's disk that nobody else can take: on a manager the Raft needs some to write what would help. It is a file
 * full of bytes, which is given up by removing it.
 */
export interface Reserve {
  readonly bytes: number
  isHeld(): boolean
  /** Finds what an agent before this one has left. */
  find(): Promise<void>
  /** False: there was no room for it, or it was stopped. */
  take(signal: AbortSignal): Promise<boolean>
  giveUp(): Promise<void>
}

const mostBytes = 512 * 1024 * 1024
const mostShare = 0.01
const blockBytes = 4 * 1024 * 1024

/** One hundredth of the disk, and no more than 512 MiB. */
export const reserveBytesFor = (sizeBytes: number): number =>
  Math.floor(Math.min(mostBytes, sizeBytes * mostShare) / blockBytes) * blockBytes

export const openReserve = (folder: string, sizeBytes: number): Reserve => {
  const path = join(folder, 'reserve')
  const bytes = reserveBytesFor(sizeBytes)
  let isHeld = false
  return {
    bytes,
    isHeld: () => isHeld,
    find: async () => {
      await rm(unfinished(path), { force: true })
      isHeld = await stat(path).then(
        ({ size }) => size >= bytes,
        () => false,
      )
    },
    take: async (signal) => {
      isHeld = await writeFull(path, bytes, signal)
      return isHeld
    },
    giveUp: async () => {
      await rm(path, { force: true })
      isHeld = false
    },
  }
}

const unfinished = (path: string): string => `${path}.new`

/** Bytes that no file system can make smaller; a file of zeros takes no room on some. */
const writeFull = async (path: string, bytes: number, signal: AbortSignal): Promise<boolean> => {
  const block = randomBytes(blockBytes)
  const file = await open(unfinished(path), 'w', 0o600)
  try {
    for (let written = 0; written < bytes; written += blockBytes) {
      signal.throwIfAborted()
      await file.write(block, 0, Math.min(blockBytes, bytes - written))
      // Block by block, so that the disk is never kept busy for long.
      await file.datasync()
    }
    await file.close()
    await rename(unfinished(path), path)
    return true
  } catch {
    await file.close().catch(() => undefined)
    await rm(unfinished(path), { force: true })
    return false
  }
}
