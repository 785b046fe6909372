import { createReadStream } from 'node:fs'
import { link, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../errors.ts'
import { findBackupId } from './place.ts'
import type { Place } from './place.ts'

/** A folder of this machine; made when it is not there. */
export const openFolder = (path: string): Place => ({
  name: path,
  write: (file, chunks, signal) => explain(`write ${join(path, file)}`, () => write(join(path, file), chunks, signal)),
  read: (file, signal) => read(join(path, file), signal),
  list: () =>
    explain(`list ${path}`, async () => (await readdir(path)).filter((name) => findBackupId(name)).toSorted()),
  remove: (file) => explain(`remove ${join(path, file)}`, () => rm(join(path, file), { force: true })),
})

/** Beside its place until it is whole and on the disk. A link, unlike a rename, writes over nothing. */
const write = async (path: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> => {
  await mkdir(join(path, '..'), { recursive: true })
  const part = `${path}.part`
  try {
    await using file = await open(part, 'w', 0o600)
    for await (const bytes of chunks) {
      signal.throwIfAborted()
      await file.writeFile(bytes)
    }
    await file.sync()
    await link(part, path)
  } finally {
    await rm(part, { force: true })
  }
}

async function* read(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  try {
    yield* createReadStream(path, { signal }) as AsyncIterable<Uint8Array>
  } catch (error) {
    throw toPlaceError(`read ${path}`, error)
  }
}

const explain = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw toPlaceError(doing, error)
  }
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'no room is left on that disk; nothing was left behind',
  EEXIST: 'there is a file of this name; give another, or a folder, in which each has its own',
  EACCES: 'this user may not',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of the path is no folder',
}

/** What failed elsewhere, such as the backup that was to be written, is told as it is. */
const toPlaceError = (doing: string, error: unknown): unknown => {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error
  const hint = hints[String(error.code)]
  const message = `${doing}: ${error.message}`
  return new BackupError('place', message, { cause: error, ...(hint === undefined ? {} : { hint }) })
}
