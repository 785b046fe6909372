import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

/** Where a program of the platform's image answers its health check; `/tmp` is of its container alone. */
export const healthSocket = '/tmp/health.sock'

const well = 'well'

/** Resolves when the program works; what it throws instead is what the engine is told. The signal: nobody waits any more. */
export type Examine = (signal: AbortSignal) => Promise<unknown>

/**
 * Answers at a unix socket whether this program works. Not by HTTP: an engine starts a program for each question, and one that
 * needs no client for the web is started in a third of the time (docs/design/010). Throws what listening throws.
 */
export const openHealthDoor = async (path: string, examine: Examine): Promise<AsyncDisposable> => {
  const visitors = new Set<Socket>()
  const server = createServer((visitor) => {
    visitors.add(visitor)
    const gone = new AbortController()
    visitor
      .on('error', () => undefined)
      .on('close', () => {
        visitors.delete(visitor)
        gone.abort()
      })
    void judge(examine, gone.signal).then((verdict) => visitor.end(verdict))
  })
  // What a predecessor left, that was killed.
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const visitor of visitors) visitor.destroy()
      await once(server, 'close')
    },
  }
}

const judge = (examine: Examine, signal: AbortSignal): Promise<string> =>
  examine(signal).then(
    () => well,
    (error: unknown) => String(error),
  )

/** What is wrong with the program that answers there; undefined when it works. Never rejects. */
export const askHealth = async (path: string, signal: AbortSignal): Promise<string | undefined> => {
  const socket = connect(path)
  const leave = (): unknown => socket.destroy(new Error('it does not answer'))
  signal.addEventListener('abort', leave, { once: true })
  try {
    const verdict = await text(socket)
    return verdict === well ? undefined : verdict || 'it hung up'
  } catch (error) {
    return String(error)
  } finally {
    signal.removeEventListener('abort', leave)
    socket.destroy()
  }
}
