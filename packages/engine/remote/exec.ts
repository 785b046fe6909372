import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { ExecRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { cutFrames, readFrames, renderFrame, renderJsonFrame } from './frames.ts'
import { parseJson } from './json-lines.ts'
import type { SocketClient } from './socket-client.ts'
import { exitShape } from './verbs.ts'
import { parseError, parseShape } from './wire-error.ts'

/** Runs a program through the agent. Leaving (the signal, a lost connection) ends it there; so does its end here. */
export const execRemotely = async (
  socket: SocketClient,
  request: ExecRequest,
  signal: AbortSignal,
): Promise<number> => {
  const doing = `run ${request.argv[0] ?? ''} in task ${request.taskId}`
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  try {
    const { outgoing, incoming } = socket.converse('exec', ended)
    outgoing.write(renderJsonFrame('start', describeStart(request)))
    request.onResize?.((size) => {
      if (!ended.aborted) outgoing.write(renderJsonFrame('resize', size))
    })
    void sendInput(outgoing, request, ended)
    return await receiveOutput(await incoming, request, doing)
  } catch (cause) {
    const error = socket.describe('exec', cause, signal)
    // A program that had begun must not be run again by somebody who does not know how far it came.
    throw error.code === 'unreachable' ? new EngineError('unreachable', error.message, { cause, retry: false }) : error
  } finally {
    ending.abort()
  }
}

const describeStart = ({ taskId, argv, user, workingDir, environment, tty, stdin }: ExecRequest): object => {
  const size = tty && { columns: tty.columns, rows: tty.rows }
  return { taskId, argv, user, workingDir, environment, tty: size, hasInput: stdin !== undefined }
}

const sendInput = async (outgoing: ClientRequest, request: ExecRequest, ended: AbortSignal): Promise<void> => {
  try {
    for await (const chunk of request.stdin ?? []) {
      for (const frame of cutFrames('input', chunk)) {
        if (ended.aborted) return
        if (!outgoing.write(frame)) await once(outgoing, 'drain', { signal: ended })
      }
    }
    if (request.stdin !== undefined && !ended.aborted) outgoing.write(renderFrame('input-end', new Uint8Array()))
  } catch {
    // The program ended before it had read all: its exit status says how it went.
    return
  }
}

const receiveOutput = async (incoming: IncomingMessage, request: ExecRequest, doing: string): Promise<number> => {
  for await (const { kind, data } of readFrames(incoming)) {
    if (kind === 'stdout' || kind === 'stderr') await take(request, kind, data)
    else if (kind === 'exit')
      return parseShape(exitShape, parseJson(data.toString(), doing), `${doing}: the exit status is not understood`)
        .status
    else
      throw parseError(parseJson(data.toString(), doing)) ?? new EngineError('invalid', `${doing}: a wrong frame came`)
  }
  throw new EngineError('unreachable', `${doing}: the agent left before the program had ended`)
}

/** A taker that is full gives a promise; nothing more is read before it is kept. */
const take = async (request: ExecRequest, kind: 'stdout' | 'stderr', data: Uint8Array): Promise<void> => {
  const taker: (chunk: Uint8Array) => unknown = request[kind]
  await taker(data)
}
