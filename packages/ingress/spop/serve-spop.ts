import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import {
  frameReader,
  parseItems,
  parseMessages,
  renderFrame,
  renderItems,
  renderVariables,
  type Frame,
  type SpopMessage,
} from './frames.ts'
import { SpopError, type SpopValue } from './values.ts'

/** Variables that HAProxy sets for what it has told. Whatever it throws, none are set. The signal comes when nobody waits any longer. */
export type AnswerMessage = (message: SpopMessage, signal: AbortSignal) => Promise<Readonly<Record<string, SpopValue>>>

/** Of a frame: HAProxy says how large its own may be, which is less than this. */
const mostFrameBytes = 65_536

/** An agent of HAProxy (SPOA) at a unix socket. Throws what listening throws. */
export const serveSpop = async (
  path: string,
  { answer, log }: { readonly answer: AnswerMessage; readonly log: (line: string) => void },
): Promise<AsyncDisposable> => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, { answer, log })
  })
  // What a predecessor left, that was killed.
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, 0o600)
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

interface Serving {
  readonly answer: AnswerMessage
  readonly log: (line: string) => void
}

const serve = (socket: Socket, { answer, log }: Serving): void => {
  const over = new AbortController()
  const read = frameReader(mostFrameBytes)
  const send = (frame: Frame): void => {
    if (!socket.destroyed) socket.write(renderFrame(frame))
  }
  socket.on('close', () => over.abort())
  // HAProxy may end as it likes; there is a close after it.
  socket.on('error', () => undefined)
  socket.on('data', (piece: Buffer) => {
    try {
      for (const frame of read(piece)) take(frame, { socket, send, answer, signal: over.signal })
    } catch (error) {
      if (!(error instanceof SpopError)) throw error
      log(`HAProxy says what is no SPOP: ${error.message}`)
      socket.destroy()
    }
    // As long as nobody reads the answers, no more are asked for.
    if (!socket.writableNeedDrain) return
    socket.pause()
    socket.once('drain', () => socket.resume())
  })
}

interface Taking extends Pick<Serving, 'answer'> {
  readonly socket: Socket
  readonly send: (frame: Frame) => void
  readonly signal: AbortSignal
}

const take = (frame: Frame, { socket, send, answer, signal }: Taking): void => {
  switch (frame.kind) {
    case 'haproxy-hello':
      return send(sayHello(frame))
    case 'notify':
      void answerAll(parseMessages(frame.payload), answer, signal).then((payload) =>
        send({ ...frame, kind: 'ack', payload }),
      )
      return
    case 'haproxy-disconnect':
      send({ ...ofNobody, kind: 'agent-disconnect', payload: renderItems({ 'status-code': 0, message: 'normal' }) })
      return void socket.end()
    default:
      throw new SpopError(`a frame that is an agent's: ${frame.kind}`)
  }
}

const ofNobody = { streamId: 0, frameId: 0 }

/** Questions may come one after the other over one connection, and answers in another order. */
const sayHello = ({ payload }: Frame): Frame => {
  const mostBytes = parseItems(payload)['max-frame-size']
  if (typeof mostBytes !== 'number') throw new SpopError('how large may a frame be?')
  const items = {
    version: '2.0',
    'max-frame-size': Math.min(mostBytes, mostFrameBytes),
    capabilities: 'pipelining',
  }
  return { ...ofNobody, kind: 'agent-hello', payload: renderItems(items) }
}

const answerAll = async (
  messages: readonly SpopMessage[],
  answer: AnswerMessage,
  signal: AbortSignal,
): Promise<Buffer> => {
  const variables = await Promise.all(messages.map((message) => answer(message, signal).catch(() => ({}))))
  return renderVariables(Object.assign({}, ...variables) as Readonly<Record<string, SpopValue>>)
}
