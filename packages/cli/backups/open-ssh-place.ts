import { posix } from 'node:path'
import { BackupError, findBackupId } from '@atoll/backup'
import type { Place } from '@atoll/backup'
import type { RunOptions, Server } from '@atoll/server'

/** All of a file goes over in one piece, and comes back as text. */
const mostMs = 600_000

/** A folder of a server that ssh leads to; made when it is not there. `name` is as a person would say it. */
export const openSshPlace = (
  server: Server,
  { path, name }: { readonly path: string; readonly name: string },
): Place => {
  const ask: Ask = async (doing, argv, options) => {
    const { status, stdout, stderr } = await server.run(argv, { timeoutMs: mostMs, ...options })
    if (status === 0) return stdout
    throw new BackupError('place', `${doing} at ${name}: ${stderr.trim().slice(0, 300)}`, { hint: hintOf(stderr) })
  }
  const pathOf = (file: string): string => posix.join(path, file)
  return {
    name,
    write: (file, chunks, signal) => write(ask, { path: pathOf(file), file, chunks }, signal),
    read: async function* (file, signal) {
      yield Buffer.from(await ask(`read ${file}`, ['base64', pathOf(file)], { signal }), 'base64')
    },
    list: async (signal) => {
      const names = (await ask('list files', ['ls', '-1', path], { signal })).split('\n')
      return names.filter((each) => findBackupId(each) !== undefined).toSorted()
    },
    remove: async (file, signal) => void (await ask(`remove ${file}`, ['rm', '-f', pathOf(file)], { signal })),
  }
}

type Ask = (doing: string, argv: readonly string[], options: RunOptions) => Promise<string>

interface Written {
  readonly path: string
  readonly file: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Beside its place until it is whole and on the disk there. A link, unlike a rename, writes over nothing. */
const write = async (ask: Ask, { path, file, chunks }: Written, signal: AbortSignal): Promise<void> => {
  const input = Buffer.concat(await Array.fromAsync(chunks))
  const part = `${path}.part`
  const doing = `write ${file}`
  await ask(doing, ['mkdir', '-p', posix.dirname(path)], { signal })
  try {
    await ask(doing, ['dd', `of=${part}`, 'conv=fsync', 'status=none'], { input, signal })
    await ask(doing, ['chmod', '600', part], { signal })
    await ask(doing, ['ln', part, path], { signal })
  } finally {
    await ask(doing, ['rm', '-f', part], {}).catch(() => undefined)
  }
}

const hintOf = (said: string): string => {
  if (/No space left/.test(said)) return 'no room is left on that disk; nothing was left behind'
  if (/File exists/.test(said)) return 'there is a file of this name; give another folder'
  if (/Permission denied/.test(said)) return 'that user may not write there'
  if (/No such file/.test(said)) return 'it is not there; "atoll backup ls" with the folder lists what is'
  return 'look at that server'
}
