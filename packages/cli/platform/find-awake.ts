import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The next is knocked at when those before are slow: a machine without power refuses nothing. */
const staggerMs = 250
const enoughMs = 3_000

/** The first of these addresses, in their order, at which somebody takes a connection; undefined when nobody soon does. */
export const findAwake = async (urls: readonly string[], signal: AbortSignal): Promise<string | undefined> => {
  const found = new AbortController()
  const ended = AbortSignal.any([signal, found.signal, AbortSignal.timeout(enoughMs)])
  try {
    return await Promise.any(urls.map((url, index) => knock(url, index * staggerMs, ended)))
  } catch {
    signal.throwIfAborted()
    return undefined
  } finally {
    found.abort()
  }
}

const knock = async (url: string, afterMs: number, signal: AbortSignal): Promise<string> => {
  if (afterMs > 0) await delay(afterMs, undefined, { signal })
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve(url)
    })
  })
}
