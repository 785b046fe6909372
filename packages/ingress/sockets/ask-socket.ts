import { connect } from 'node:net'
import { IngressError } from '../errors.ts'

const replyTimeoutMs = 5_000
const maxReplyBytes = 20_000_000

/**
 * Sends commands, separated by `; `, to a socket of HAProxy and gives what it says. Throws IngressError `not-running` when
 * nobody listens there, `timed-out` when nothing comes.
 */
export const askSocket = async (path: string, commands: string, signal?: AbortSignal): Promise<string> => {
  const within = AbortSignal.timeout(replyTimeoutMs)
  const socket = connect({ path, signal: signal === undefined ? within : AbortSignal.any([signal, within]) })
  // The master goes on listening until it hears that there is no more.
  socket.end(`${commands}\n`)
  let reply = ''
  try {
    for await (const chunk of socket.setEncoding('utf8')) {
      reply += String(chunk)
      if (reply.length > maxReplyBytes) break
    }
  } catch (cause) {
    signal?.throwIfAborted()
    if (within.aborted) {
      throw new IngressError(`ask HAProxy at ${path}: no reply within ${replyTimeoutMs / 1000} s`, {
        code: 'timed-out',
        retry: true,
        cause,
      })
    }
    throw new IngressError(`ask HAProxy at ${path}: nobody listens`, { code: 'not-running', retry: true, cause })
  } finally {
    socket.destroy()
  }
  return reply
}
