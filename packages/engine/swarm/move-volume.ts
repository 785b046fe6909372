import { PassThrough } from 'node:stream'
import type { MoveVolumeRequest } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api } from './client.ts'
import { isOwnedBy } from './labels.ts'
import { observeNodes } from './observe-nodes.ts'
import type { VolumeReply } from './replies.ts'
import { digestTar } from './tar-digest.ts'
import type { TarDigest } from './tar-digest.ts'
import { getVolumeHost, isSameOwner, ownerOf } from './volume-host.ts'
import type { VolumeHost, VolumeHosts } from './volume-host.ts'
import { changePlace, findPlace } from './volume-places.ts'

export interface VolumeTools extends VolumeHosts {
  readonly api: Api
}

/**
 * Copies, compares both sides, and only then records the new place. What uses the volume is stopped by the caller. Stopped
 * half-way it changed nothing but a copy on the target, which the next try replaces.
 */
export const moveVolume = async (
  tools: VolumeTools,
  request: MoveVolumeRequest,
  signal: AbortSignal,
): Promise<void> => {
  const { engineName, ref, toNodeId } = request
  const doing = `move volume ${engineName}`
  const place = await findPlace(tools.api, engineName, signal)
  if (place === undefined)
    throw new EngineError('not-found', `${doing}: no node is recorded to hold it; see "atoll volume ls"`)
  if (place.nodeId === toNodeId) return
  const nodeName = await getNodeName(tools.api, toNodeId, { doing, signal })
  const source = await getVolumeHost(tools, { nodeId: place.nodeId, doing }, signal)
  const target = await getVolumeHost(tools, { nodeId: toNodeId, doing }, signal)
  const volume = await source.find(engineName, signal)
  if (volume === undefined) throw new EngineError('not-found', `${doing}: ${place.nodeName} has no such volume`)
  const isExternal = !isOwnedBy(volume.Labels, ref)
  await prepareTarget(target, { volume, doing, nodeName }, signal)
  await copyAndCompare({ source, target, request, doing }, signal)
  await changePlace(tools.api, { ref, engineName, isExternal, nodeId: toNodeId, nodeName }, signal)
}

const getNodeName = async (
  api: Api,
  nodeId: string,
  { doing, signal }: { readonly doing: string; readonly signal: AbortSignal },
): Promise<string> => {
  const node = (await observeNodes(api, signal)).find(({ id }) => id === nodeId)
  if (node === undefined) throw new EngineError('not-found', `${doing}: the Swarm has no node ${nodeId}`)
  if (node.state !== 'ready')
    throw new EngineError('refused', `${doing}: node ${node.name} is ${node.state}; bring it back first`)
  return node.name
}

interface Target {
  readonly volume: VolumeReply
  readonly doing: string
  readonly nodeName: string
}

/**
 * The place recorded is the only one that counts, so a volume of this name on the target is an older copy: replaced, if
 * its labels are those of the one that moves. The engine refuses while a container has it.
 */
const prepareTarget = async (
  target: VolumeHost,
  { volume, doing, nodeName }: Target,
  signal: AbortSignal,
): Promise<void> => {
  const stale = await target.find(volume.Name, signal)
  if (stale !== undefined) {
    if (!isSameOwner(ownerOf(stale), ownerOf(volume)))
      throw new EngineError(
        'name-taken',
        `${doing}: ${nodeName} has a volume of this name that is somebody else's; rename or remove it`,
      )
    await target.remove(volume.Name, ownerOf(volume), signal)
  }
  await target.create(volume, signal)
}

interface Copy {
  readonly source: VolumeHost
  readonly target: VolumeHost
  readonly request: MoveVolumeRequest
  readonly doing: string
}

const copyAndCompare = async ({ source, target, request, doing }: Copy, signal: AbortSignal): Promise<void> => {
  const { engineName, onProgress } = request
  await using from = await source.read(engineName, signal)
  const sent = await teeDigest(from.tar, onProgress, (tar) => target.write(engineName, tar, signal))
  const arrived = await target.digest(engineName, signal)
  if (sent.hash !== arrived.hash)
    throw new EngineError(
      'conflict',
      `${doing}: the copy differs (${describe(sent)} sent, ${describe(arrived)} arrived); is it still written to?`,
    )
}

const describe = ({ entries, bytes }: TarDigest): string => `${entries} files with ${bytes} bytes`

/** One reading is both sent and hashed, each at the pace of the slower; no more than a few blocks are held. */
const teeDigest = async (
  tar: NodeJS.ReadableStream,
  onProgress: (bytes: number) => void,
  write: (tar: PassThrough) => Promise<void>,
): Promise<TarDigest> => {
  const sending = new PassThrough()
  const hashing = new PassThrough()
  const work = Promise.all([write(sending), digestTar(hashing)])
  const stop = (cause: unknown): void => {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    sending.destroy(error)
    hashing.destroy(error)
  }
  work.catch(stop)
  let bytes = 0
  try {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      bytes += chunk.length
      onProgress(bytes)
      await Promise.all([push(sending, chunk), push(hashing, chunk)])
    }
    sending.end()
    hashing.end()
  } catch (error) {
    stop(error)
  }
  return (await work)[1]
}

const push = (stream: PassThrough, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(chunk, (error) => (error ? reject(error) : resolve()))
  })
