import type { ClientRequest, IncomingMessage } from 'node:http'
import type { BuildRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import { renderFrame, renderJsonFrame, writeData } from './frames.ts'
import { readItems } from './json-lines.ts'
import { Outlet } from './outlet.ts'
import type { SocketClient } from './socket-client.ts'
import { buildItemShape } from './verbs.ts'

/** Builds through the agent. A tar that breaks off here, a lost connection and the signal end the build there. */
export const buildRemotely = async (
  socket: SocketClient,
  request: BuildRequest,
  signal: AbortSignal,
): Promise<string> => {
  const { build, reference, packed } = request
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  try {
    const { outgoing, incoming } = socket.converse('buildImage', undefined, ended)
    outgoing.write(renderJsonFrame('start', { build, reference, isPacked: packed !== undefined }))
    if (packed === undefined) outgoing.end()
    else void sendTar({ outgoing, packed, ending }, ended)
    return await readBuilt(await incoming, request)
  } catch (cause) {
    const isTarBroken = ending.signal.aborted
    const error = isTarBroken ? describeTar(ending.signal.reason) : socket.describe('buildImage', cause, signal)
    // What came packed was read, and comes no second time.
    throw packed !== undefined && error.retry
      ? new EngineError(error.code, error.message, { cause, retry: false })
      : error
  } finally {
    ending.abort()
  }
}

interface Sending {
  readonly outgoing: ClientRequest
  readonly packed: AsyncIterable<Uint8Array>
  /** Aborted with what the tar failed with. */
  readonly ending: AbortController
}

/** At the pace of the agent, which reads at the pace of its engine. */
const sendTar = async ({ outgoing, packed, ending }: Sending, ended: AbortSignal): Promise<void> => {
  using outlet = new Outlet(outgoing, ended)
  try {
    for await (const chunk of packed) {
      if (ended.aborted || outlet.isClosed) return
      await writeData(outlet, 'input', chunk)
    }
    outlet.end(renderFrame('input-end', new Uint8Array()))
  } catch (cause) {
    // An agent that has left says why in its answer, if it can.
    if (!ended.aborted && !outgoing.destroyed) ending.abort(cause)
  }
}

const describeTar = (cause: unknown): EngineError => {
  if (cause instanceof EngineError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  return new EngineError('invalid', `read the context of the build: ${text}`, { cause, retry: false })
}

const readBuilt = async (incoming: IncomingMessage, { reference, onLine }: BuildRequest): Promise<string> => {
  for await (const item of readItems(incoming, { item: buildItemShape, doing: 'buildImage' })) {
    if (item.kind === 'built') return item.reference
    onLine(item.line)
  }
  throw new EngineError('invalid', `build ${reference}: the agent did not say which digest it built`)
}
