import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { measureDisk } from '../storage/measure-disk.ts'
import type { NodeDisk } from '../storage/storage.ts'
import type { Client } from './client.ts'
import { infoReply } from './replies.ts'

/** The disk an engine keeps its data on, where it can be seen: an engine behind a local socket shares our files. */
export const findLocalDisk = async (engine: Client, signal: AbortSignal): Promise<NodeDisk | undefined> => {
  if (engine.endpoint.kind !== 'unix') return undefined
  const { DockerRootDir } = await engine.json({ method: 'GET', path: '/info' }, infoReply, signal)
  try {
    // A path of the same name without this folder is another machine's or another mount namespace's.
    await access(join(DockerRootDir, 'containers'))
    return await measureDisk(DockerRootDir)
  } catch {
    // A socket of another mount namespace, or not our user's to see.
    return undefined
  }
}
