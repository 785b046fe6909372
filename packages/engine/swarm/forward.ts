import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Forward } from '../reach.ts'
import { EngineError } from '../errors.ts'
import type { ContainerPlace } from './archive.ts'
import type { Api } from './client.ts'
import { ignoreAbsent } from './ignore-errors.ts'
import { findPlatformImage } from './platform-image.ts'
import { containersReply, createdReply } from './replies.ts'
import { readFrames } from './streams.ts'

/** Who made it: an agent takes away what agents left behind, and nothing of a command line that is at work. */
const relayLabel = 'atoll.relay'
const relayMemoryBytes = 160 * 1024 * 1024
const relayHeapMib = 48
const removalTimeoutMs = 20_000
const mostWords = 2_000

export interface RelayPlace extends ContainerPlace {
  readonly maker: 'agent' | 'direct'
}

/**
 * Carries connections to ports of a container by a short-lived one in the same network, which runs the relay of the platform's
 * image and nothing else, as nobody and without rights. It ends with its input, whoever dies, and the engine removes it then.
 */
export const forwardToContainer = async (
  place: RelayPlace,
  request: Omit<Forward, 'taskId'>,
  signal: AbortSignal,
): Promise<void> => {
  const { node, containerId } = place
  const doing = `reach ports of container ${containerId.slice(0, 12)}`
  const image = await findPlatformImage(node, doing, signal)
  const body = relayBody({ ...place, image, ports: request.ports })
  const { id } = await node.json({ method: 'POST', path: '/containers/create', body, doing }, createdReply, signal)
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  try {
    const connection = await attach(node, { id, doing }, ended)
    await node.send({ method: 'POST', path: `/containers/${id}/start`, doing }, signal)
    await Promise.race([talk(connection, { request, doing }, ended), awaitEnd(place, doing, ended)])
    signal.throwIfAborted()
  } finally {
    ending.abort()
    await removeRelay(node, id)
  }
}

const relayBody = ({
  containerId,
  maker,
  image,
  ports,
}: RelayPlace & { readonly image: string; readonly ports: readonly number[] }): object => ({
  Image: image,
  Entrypoint: ['/atoll/node', `--max-old-space-size=${relayHeapMib}`, '/atoll/relay.mjs'],
  Cmd: ports.map(String),
  User: '65534:65534',
  Labels: { [relayLabel]: maker },
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  HostConfig: {
    NetworkMode: `container:${containerId}`,
    AutoRemove: true,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Memory: relayMemoryBytes,
    PidsLimit: 64,
    LogConfig: { Type: 'none' },
  },
})

const attach = async (
  node: Api,
  { id, doing }: { readonly id: string; readonly doing: string },
  ended: AbortSignal,
): Promise<Duplex> => {
  const query = { stream: true, stdin: true, stdout: true, stderr: true }
  const connection = await node.hijack({ method: 'POST', path: `/containers/${id}/attach`, query, doing }, ended)
  ended.addEventListener('abort', () => connection.destroy(), { once: true })
  // Whoever reads it hears of it.
  connection.on('error', () => undefined)
  return connection
}

interface Talk {
  readonly request: Omit<Forward, 'taskId'>
  readonly doing: string
}

/** Resolves once the input has ended; `unreachable` with the relay's own words when it ends before. */
const talk = async (connection: Duplex, { request, doing }: Talk, ended: AbortSignal): Promise<void> => {
  const inputEnd = Promise.withResolvers<'input-end'>()
  const receiving = receive(connection, request)
  void sendInput(connection, request.input, ended).then(() => inputEnd.resolve('input-end'))
  const first = await Promise.race([inputEnd.promise, receiving])
  if (first === 'input-end') return
  const older = /Cannot find module/.test(first) ? '; the platform here is older than this: run "atoll upgrade"' : ''
  throw new EngineError('unreachable', `${doing}: the relay has ended${older}: ${first || 'no reason was given'}`, {
    retry: false,
  })
}

/** Gives what the relay complained of when it ends. */
const receive = async (connection: Duplex, { output }: Talk['request']): Promise<string> => {
  let complaint = ''
  try {
    for await (const { stream, data } of readFrames(connection as AsyncIterable<Buffer>)) {
      if (stream === 'stdout') await output(data)
      else complaint = (complaint + data.toString()).slice(-mostWords)
    }
  } catch (error) {
    return complaint || (error instanceof Error ? error.message : String(error))
  }
  return complaint.trim()
}

const sendInput = async (connection: Duplex, input: AsyncIterable<Uint8Array>, ended: AbortSignal): Promise<void> => {
  try {
    for await (const chunk of input) {
      if (ended.aborted) return
      if (!connection.write(chunk)) await once(connection, 'drain', { signal: ended })
    }
    connection.end()
  } catch {
    // Who reads the connection says why it ended.
    return
  }
}

/** Throws once the container has ended: its network lives on as long as anybody is in it, and nobody would notice. */
const awaitEnd = async ({ node, containerId }: RelayPlace, doing: string, ended: AbortSignal): Promise<never> => {
  const query = { condition: 'not-running' }
  const call = { method: 'POST', path: `/containers/${containerId}/wait`, query, doing, timeoutMs: longMs } as const
  await node.send(call, ended).catch(ignoreAbsent)
  throw new EngineError('conflict', `${doing}: the task has ended`, { retry: false })
}

const longMs = 2 ** 31 - 1

/** Even when the work was stopped, it has to go; it may be going already. */
const removeRelay = async (node: Api, id: string): Promise<void> => {
  const call = { method: 'DELETE', path: `/containers/${id}`, query: { force: true } } as const
  await node.send(call, AbortSignal.timeout(removalTimeoutMs)).catch(() => undefined)
}

/** Takes away what agents before have left behind. */
export const sweepRelays = async (node: Api, signal: AbortSignal): Promise<number> => {
  const query = { all: true, filters: { label: [`${relayLabel}=agent`] } }
  const call = { method: 'GET', path: '/containers/json', query, doing: 'look for relays left behind' } as const
  const found = await node.json(call, containersReply, signal)
  for (const { Id } of found) await removeRelay(node, Id)
  return found.length
}
