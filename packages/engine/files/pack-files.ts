import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import type { Pack } from 'tar-stream'
import { writeEntry } from '../swarm/build-context.ts'
import type { WrittenEntry } from '../swarm/build-context.ts'

export interface Packing {
  /** What the file or folder at the path is called in the tar; `.` for what is in a folder alone. */
  readonly name: string
  /** What cannot be sent: sockets and devices. */
  readonly onSkip: (path: string) => void
  /** What has been read from this machine. */
  readonly onEntry?: (entry: WrittenEntry) => void
  readonly signal: AbortSignal
}

/** A file, link or folder of this machine as a tar, at the pace of who reads it. Links are kept; owners are left out. */
export const packFiles = (path: string, packing: Packing): AsyncIterable<Uint8Array> => {
  const tar = pack()
  writeTree(tar, { path, name: packing.name }, packing).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  return tar as AsyncIterable<Buffer>
}

interface Place {
  readonly path: string
  readonly name: string
}

const writeTree = async (tar: Pack, { path, name }: Place, packing: Packing): Promise<void> => {
  packing.signal.throwIfAborted()
  const written = await writeEntry(tar, path, name)
  if (written === undefined) packing.onSkip(path)
  else packing.onEntry?.(written)
  for (const each of await listFolder(path))
    await writeTree(tar, { path: join(path, each), name: `${name}/${each}` }, packing)
}

/** Names in a folder; none of what is no folder, a link to one included. */
const listFolder = async (path: string): Promise<readonly string[]> =>
  (await lstat(path)).isDirectory() ? (await readdir(path)).sort() : []
