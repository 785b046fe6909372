import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, posix, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { settleFiles, unpackFiles } from '@atoll/engine/files'
import type { Unpacked } from '@atoll/engine/files'
import type { Cli } from '../cli.ts'
import { CommandError } from '../errors.ts'
import type { Copy, Copied } from './copy.ts'
import type { LocalPlace, TaskPlace } from './place.ts'

const waitingBytes = 1024 * 1024

/** This machine, as far as it is needed. */
type Here = Pick<Cli, 'signal' | 'stdout'> & { readonly config: Pick<Cli['config'], 'workingDir'> }

/** From a task to this machine. What is there under the final name is whole, or as it was before. */
export const copyOut = async (cli: Here, copy: Copy, ends: { from: TaskPlace; to: LocalPlace }): Promise<Copied> => {
  const { from, to } = ends
  if (to.kind === 'pipe') {
    await read(copy, from, async (chunk) => cli.stdout.write(chunk), cli.signal)
    return { name: '-' }
  }
  const target = await findTarget(resolve(cli.config.workingDir, to.path), { from, to })
  const beside = await mkdtemp(join(dirname(target), '.atoll-cp-')).catch((cause: unknown) => {
    throw new CommandError('not-found', `copy to ${target}: ${dirname(target)} cannot be written to`, { cause })
  })
  try {
    const content = join(beside, 'content')
    const contents = await receive(copy, { from, content }, cli.signal)
    cli.signal.throwIfAborted()
    await settleFiles(content, target)
    return { name: target, contents }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Into a folder that is there, under its own name; anything else is the new name. */
const findTarget = async (
  path: string,
  { from, to }: { readonly from: TaskPlace; readonly to: Extract<LocalPlace, { kind: 'local' }> },
): Promise<string> => {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory() === true)
    return from.wants === 'content' || from.path === '/' ? path : join(path, posix.basename(from.path))
  if (to.wants === 'anything' && basename(path) !== '') return path
  throw new CommandError('not-found', `copy to ${to.path}: there is no such folder`, {
    hint: 'make it, or leave the / out',
  })
}

const read = (
  { cluster, ref, task, onBytes }: Copy,
  { path }: TaskPlace,
  take: (chunk: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> =>
  cluster.readFiles(
    {
      ref,
      taskId: task.taskId,
      path,
      take: (chunk) => {
        onBytes(chunk.length)
        return take(chunk)
      },
    },
    signal,
  )

/** Unpacks at the pace of this machine; whichever side fails ends the other. */
const receive = async (
  copy: Copy,
  { from, content }: { readonly from: TaskPlace; readonly content: string },
  signal: AbortSignal,
): Promise<Unpacked> => {
  const failing = new AbortController()
  const ended = AbortSignal.any([signal, failing.signal])
  const tar = new PassThrough({ highWaterMark: waitingBytes })
  const take = async (chunk: Uint8Array): Promise<void> => {
    if (!tar.write(chunk)) await once(tar, 'drain', { signal: ended })
  }
  const unpacking = unpackFiles(tar, { to: content, onSkip: copy.onSkip, signal: ended })
  const reading = read(copy, from, take, ended).then(
    () => tar.end(),
    (error: unknown) => failing.abort(error),
  )
  unpacking.catch((error: unknown) => failing.abort(error))
  await Promise.allSettled([unpacking, reading])
  signal.throwIfAborted()
  failing.signal.throwIfAborted()
  return unpacking
}
