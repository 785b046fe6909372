import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { LabError } from './errors.ts'

/** Held for the few moments in which a lab chooses its subnet and port; the same for every home on the machine. */
export const MACHINE_LOCK = '/run/atoll-lab'

export interface LockOptions {
  readonly signal: AbortSignal
  readonly timeoutMs: number
}

/**
 * Runs `work` while holding flock(2) on a folder, made when absent. The kernel lets go when this process ends, however
 * it ends, so there is no stale lock. The folder may be removed by its holder. Throws LabError `locked` after the timeout,
 * or the signal's reason.
 */
export const withLock = async <T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> => {
  const handle = await acquire(folder, options)
  try {
    return await work()
  } finally {
    await handle.close()
  }
}

const acquire = async (folder: string, options: LockOptions): Promise<FileHandle> => {
  const deadline = performance.now() + options.timeoutMs
  options.signal.throwIfAborted()
  while (performance.now() < deadline) {
    const handle = await openFolder(folder)
    if (handle === undefined) continue
    const isHeld = (await flock(handle, options, deadline)) && (await isStillThere(handle, folder))
    if (isHeld && !options.signal.aborted) return handle
    await handle.close()
    options.signal.throwIfAborted()
  }
  throw new LabError('locked', `lock ${folder}: somebody else works on this lab; try again when they are done`, {
    retry: true,
  })
}

/** Undefined when the holder removed the folder while it was made or opened: then it must be made again. */
const openFolder = async (folder: string): Promise<FileHandle | undefined> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 })
    return await open(folder, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** The lock belongs to the open file, which this process shares with the short-lived flock(1), and so outlives it. */
const flock = async (handle: FileHandle, options: LockOptions, deadline: number): Promise<boolean> => {
  if (options.signal.aborted) return false
  const seconds = Math.max(1, Math.ceil((deadline - performance.now()) / 1000))
  const child = spawn('/usr/bin/flock', ['--exclusive', '--timeout', String(seconds), '3'], {
    stdio: ['ignore', 'ignore', 'ignore', handle.fd],
  })
  const stop = () => child.kill()
  options.signal.addEventListener('abort', stop, { once: true })
  const [status] = await once(child, 'exit')
  options.signal.removeEventListener('abort', stop)
  return status === 0
}

/** While we waited, the holder may have removed the folder: our lock is then on something nobody else sees. */
const isStillThere = async (handle: FileHandle, folder: string): Promise<boolean> => {
  const held = await handle.stat()
  const now = await stat(folder).catch(() => undefined)
  return now !== undefined && now.ino === held.ino && now.dev === held.dev
}
