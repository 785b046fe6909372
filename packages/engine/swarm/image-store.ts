import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { pushImage } from './build.ts'
import type { Api, Client } from './client.ts'
import type { NodeClients } from './node-clients.ts'
import type { RegistryAuth } from './registry-auth.ts'
import { progressReply } from './replies.ts'
import { readJsonLines } from './streams.ts'

/** Images in the engines of single nodes. */
export interface ImageStore {
  /** Ids of the nodes whose engines answer from here. */
  reach(signal: AbortSignal): Promise<ReadonlySet<string>>
  /** What a node's engine calls the image: `sha256:...`; undefined when it has none under this reference. */
  find(place: ImagePlace, signal: AbortSignal): Promise<string | undefined>
  /** Gives a node's engine an archive as `docker save` writes it; what is there under its references makes room. */
  load(archive: { readonly path: string; readonly nodeId: string }, signal: AbortSignal): Promise<void>
  /** Gives a node's engine what another's has; under no name when the reference is an id. */
  copy(image: ImageCopy, signal: AbortSignal): Promise<void>
  /** Pushes what the node has as `from` under `to`, and gives `TO@sha256:...`. */
  publish(
    image: { readonly from: string; readonly to: string; readonly nodeId: string },
    signal: AbortSignal,
  ): Promise<string>
}

export interface ImagePlace {
  readonly nodeId: string
  readonly reference: string
}

export interface ImageCopy {
  readonly reference: string
  readonly fromNodeId: string
  readonly toNodeId: string
}

interface Tools {
  readonly nodes: NodeClients
  readonly auth: RegistryAuth
}

/** The engine answers when it has read all of the archive, and the line to it may be thin. */
const loadTimeoutMs = 30 * 60_000

export const openImageStore = ({ nodes, auth }: Tools): ImageStore => ({
  reach: async (signal) => new Set((await nodes.list(signal)).keys()),
  find: async ({ nodeId, reference }, signal) => {
    const doing = `look for image ${reference}`
    return findImage(await nodes.get(nodeId, doing, signal), reference, signal)
  },
  load: async ({ path, nodeId }, signal) =>
    loadImage(await nodes.get(nodeId, `load ${path}`, signal), { from: path, body: createReadStream(path) }, signal),
  copy: async ({ reference, fromNodeId, toNodeId }, signal) => {
    const doing = `copy image ${reference}`
    const [source, target] = await Promise.all([
      nodes.get(fromNodeId, doing, signal),
      nodes.get(toNodeId, doing, signal),
    ])
    const path = `/images/${encodeURI(reference)}/get`
    const body = await source.stream({ method: 'GET', path, doing, timeoutMs: loadTimeoutMs }, signal)
    await loadImage(target, { from: reference, body }, signal)
  },
  publish: async ({ from, to, nodeId }, signal) => {
    const engine = await nodes.get(nodeId, `push ${to}`, signal)
    const [, repo = to, tag = 'latest'] = /^(.+):([^:/]+)$/.exec(to) ?? []
    const path = `/images/${encodeURI(from)}/tag`
    await engine.send({ method: 'POST', path, query: { repo, tag }, doing: `name ${from} ${to}` }, signal)
    const push = { reference: to, onLine: () => undefined }
    return `${to}@${await pushImage({ engine, auth }, push, signal)}`
  },
})

const imageReply = z.object({ Id: z.string() })

const findImage = async (engine: Api, reference: string, signal: AbortSignal): Promise<string | undefined> => {
  const call = { method: 'GET', path: `/images/${encodeURI(reference)}/json`, doing: `look for ${reference}` } as const
  try {
    return (await engine.json(call, imageReply, signal)).Id
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-found') return undefined
    throw error
  }
}

interface Archive {
  /** For messages. */
  readonly from: string
  readonly body: Readable
}

const loadImage = async (engine: Client, { from, body }: Archive, signal: AbortSignal): Promise<void> => {
  const doing = `load ${from} on ${engine.endpoint.name}`
  const call = {
    method: 'POST',
    path: '/images/load',
    query: { quiet: true },
    body,
    timeoutMs: loadTimeoutMs,
    doing,
  } as const
  for await (const line of readJsonLines(await engine.stream(call, signal))) {
    const { error } = progressReply.parse(line)
    if (error !== undefined) throw new EngineError('refused', `${doing}: ${error}`)
  }
}
