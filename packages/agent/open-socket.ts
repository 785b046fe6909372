import { chmod, chown, lstat, rename, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { AgentError } from './errors.ts'

export interface SocketPlace {
  readonly socketPath: string
  /** User number the socket is given to; it stays ours when there is none. */
  readonly socketOwner?: number
}

const connectTimeoutMs = 2_000

/**
 * Lets a server listen at a path only its owner can open. It listens under another name first, so that nobody gets in before
 * the rights are set; the rename also takes the place of what a dead predecessor left. Throws AgentError.
 * Gives what takes the socket away again, unless a successor has put its own there.
 */
export const openSocket = async (server: Server, place: SocketPlace): Promise<() => Promise<void>> => {
  const { socketPath, socketOwner } = place
  await refuseOthers(socketPath)
  const newPath = `${socketPath}.new`
  try {
    await rm(newPath, { force: true })
    server.listen(newPath)
    await once(server, 'listening')
    await chmod(newPath, 0o600)
    if (socketOwner !== undefined) await chown(newPath, socketOwner, socketOwner)
    const { ino } = await lstat(newPath)
    await rename(newPath, socketPath)
    return () => removeOwn(socketPath, ino)
  } catch (cause) {
    server.close()
    const text = cause instanceof Error ? cause.message : String(cause)
    const hint = 'see that its folder is there and may be written to, and that the agent may give files away (CHOWN)'
    throw new AgentError('socket', `listen at ${socketPath}: ${text}`, { hint, cause })
  }
}

/** A path where somebody answers, or that is no socket, is not ours to take. */
const refuseOthers = async (socketPath: string): Promise<void> => {
  const found = await lstat(socketPath).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket())
    throw new AgentError('socket', `listen at ${socketPath}: something that is no socket is there`, {
      hint: 'remove it, or set ATOLL_SOCKET to another path',
    })
  if (await isAnswered(socketPath))
    throw new AgentError('in-use', `listen at ${socketPath}: another agent listens there`, {
      hint: 'wait until it has ended, or end it',
      retry: true,
    })
}

const isAnswered = async (socketPath: string): Promise<boolean> => {
  const socket = connect(socketPath)
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(connectTimeoutMs) })
    return true
  } catch (error) {
    // One that hangs is not dead.
    return error instanceof Error && error.name === 'AbortError'
  } finally {
    socket.on('error', () => undefined).destroy()
  }
}

const removeOwn = async (socketPath: string, ino: number): Promise<void> => {
  const found = await lstat(socketPath).catch(() => undefined)
  if (found?.ino === ino) await rm(socketPath, { force: true })
}
