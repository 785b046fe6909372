import { lstat } from 'node:fs/promises'
import { basename, posix, resolve } from 'node:path'
import { packFiles } from '@atoll/engine/files'
import type { Packing } from '@atoll/engine/files'
import type { FileStat } from '@atoll/engine'
import type { Cli } from '../cli.ts'
import { CommandError } from '../errors.ts'
import type { Copied, Copy } from './copy.ts'
import type { LocalPlace, TaskPlace } from './place.ts'

/** From this machine to a task. The engine writes in place: a copy that breaks off leaves there what had come. */
export const copyIn = async (cli: Cli, copy: Copy, ends: { from: LocalPlace; to: TaskPlace }): Promise<Copied> => {
  const { from, to } = ends
  const found = await look(copy, to.path, cli.signal)
  if (from.kind === 'pipe') {
    if (found?.kind !== 'folder') throw noFolder(to)
    await write(copy, { folder: found.path, tar: cli.stdin.chunks({ isRaw: false, signal: cli.signal }) }, cli.signal)
    return { name: to.path }
  }
  const path = resolve(cli.config.workingDir, from.path)
  const isFolder = await isLocalFolder(path)
  const { folder, name } = chooseName({ from, to, path, isFolder, found })
  const contents = { entries: 0, files: 0, bytes: 0 }
  const onEntry: Packing['onEntry'] = ({ kind, bytes }) => {
    contents.entries += 1
    contents.bytes += bytes
    if (kind === 'file') contents.files += 1
  }
  const tar = packFiles(path, { name, onSkip: copy.onSkip, onEntry, signal: cli.signal })
  await write(copy, { folder, tar }, cli.signal)
  return { name: posix.join(folder, name), contents }
}

const isLocalFolder = async (path: string): Promise<boolean> => {
  try {
    return (await lstat(path)).isDirectory()
  } catch (cause) {
    throw new CommandError('not-found', `copy ${path}: it cannot be read`, { cause })
  }
}

type Found = FileStat & { readonly path: string }

/** A link in the task is followed once, as the engine does when it writes. */
const look = async ({ cluster, ref, task }: Copy, path: string, signal: AbortSignal): Promise<Found | undefined> => {
  const ask = async (at: string): Promise<Found | undefined> => {
    const found = await cluster.statFile({ ref, taskId: task.taskId, path: at }, signal)
    return found && { ...found, path: at }
  }
  const found = await ask(path)
  return found?.kind === 'link' && found.target !== undefined ? ((await ask(found.target)) ?? found) : found
}

interface Choice {
  readonly from: Extract<LocalPlace, { kind: 'local' }>
  readonly to: TaskPlace
  readonly path: string
  readonly isFolder: boolean
  readonly found: Found | undefined
}

/** Into a folder that is there, under its own name; anything else is the new name. */
const chooseName = ({
  from,
  to,
  path,
  isFolder,
  found,
}: Choice): { readonly folder: string; readonly name: string } => {
  if (found?.kind === 'folder')
    return { folder: found.path, name: from.wants === 'content' ? '.' : basename(path) || '.' }
  if (found !== undefined && isFolder)
    throw new CommandError('conflict', `copy to ${to.task}:${to.path}: it is a file, and ${path} is a folder`)
  if (to.wants !== 'anything') throw noFolder(to)
  const target = found?.path ?? to.path
  return { folder: posix.dirname(target), name: posix.basename(target) }
}

const noFolder = ({ task, path }: TaskPlace): CommandError =>
  new CommandError('not-found', `copy to ${task}:${path}: there is no such folder`, {
    hint: `make it with "atoll exec ${task} -- mkdir -p ${path}"`,
  })

const write = (
  { cluster, ref, task, onBytes }: Copy,
  { folder, tar }: { readonly folder: string; readonly tar: AsyncIterable<Uint8Array> },
  signal: AbortSignal,
): Promise<void> =>
  cluster.writeFiles({ ref, taskId: task.taskId, path: folder, tar: countBytes(tar, onBytes) }, signal)

async function* countBytes(
  tar: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of tar) {
    onBytes(chunk.length)
    yield chunk
  }
}
