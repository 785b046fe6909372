import { once } from 'node:events'
import { connect } from 'node:net'
import { IngressError } from '../errors.ts'

/** A conversation with a worker. As long as it is open that worker does not end by itself. */
export interface Session extends Disposable {
  readonly isOpen: () => boolean
  /** Commands, separated by `; `; one call after the other. Throws IngressError `not-running`, `timed-out`; then it is closed. */
  readonly ask: (commands: string) => Promise<string>
}

const replyTimeoutMs = 5_000
/** What HAProxy says when it waits for more, after each reply. */
const prompt = '\n> '
/** HAProxy closes one that was silent for so long; it counts in milliseconds that fit into 31 bits. */
const silenceS = 20 * 86_400

/** Throws IngressError as `ask` does. */
export const openSession = async (path: string): Promise<Session> => {
  const socket = connect({ path }).setEncoding('utf8')
  let reply = ''
  let settle: PromiseWithResolvers<string> | undefined
  const fail = (code: 'not-running' | 'timed-out', why: string): void => {
    socket.destroy()
    settle?.reject(new IngressError(`talk with HAProxy at ${path}: ${why}`, { code, retry: true }))
  }
  socket.on('data', (chunk: string) => {
    reply += chunk
    if (reply.endsWith(prompt)) settle?.resolve(reply.slice(0, -prompt.length))
  })
  socket.on('error', () => undefined)
  socket.on('close', () => fail('not-running', 'it has ended'))
  const askNow = async (commands: string): Promise<string> => {
    settle = Promise.withResolvers()
    reply = ''
    const timer = setTimeout(fail, replyTimeoutMs, 'timed-out', `no reply within ${replyTimeoutMs / 1000} s`)
    try {
      if (socket.destroyed) fail('not-running', 'it has ended')
      socket.write(`${commands}\n`)
      return await settle.promise
    } finally {
      clearTimeout(timer)
    }
  }
  let last: Promise<unknown> = once(socket, 'connect').catch(() => undefined)
  const ask: Session['ask'] = (commands) => {
    const asked = last.then(() => askNow(commands))
    last = asked.catch(() => undefined)
    return asked
  }
  await ask('prompt')
  await ask(`set timeout cli ${silenceS}`)
  return { ask, isOpen: () => !socket.destroyed, [Symbol.dispose]: () => void socket.destroy() }
}
