import { connect } from 'node:net'
import { findAwake as findFirst } from '@atoll/engine/find-awake'

const staggerMs = 250
const enoughMs = 3_000

/** The first of these addresses, in their order, at which somebody takes a connection; undefined when nobody soon does. */
export const findAwake = async (urls: readonly string[], signal: AbortSignal): Promise<string | undefined> => {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(enoughMs)])
  const awake = await findFirst(urls, { knock, staggerMs, signal: soon })
  if (awake === undefined) signal.throwIfAborted()
  return awake
}

const knock = (url: string, signal: AbortSignal): Promise<void> => {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), signal })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}
