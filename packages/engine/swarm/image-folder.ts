import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import type { Header } from 'tar-stream'
import { EngineError } from '../errors.ts'
import type { FolderFile, ImageFolder } from '../routing.ts'
import type { Api } from './client.ts'
import { ignoreEngineError } from './ignore-errors.ts'
import { createdReply, progressReply } from './replies.ts'
import { readJsonLines } from './streams.ts'

interface Reading {
  readonly folder: ImageFolder
  readonly take: (file: FolderFile) => Promise<void>
}

/** By a container that is created and never started. As `read` of ImageFolders. */
export const readImageFolder = async (node: Api, { folder, take }: Reading, signal: AbortSignal): Promise<void> => {
  const { image, path } = folder
  const doing = `read ${path} of ${image}`
  await ensureImage(node, image, signal)
  const body = {
    Image: image,
    Cmd: ['never-started'],
    Labels: { [label]: 'agent' },
    HostConfig: { NetworkMode: 'none' },
  }
  const { id } = await node.json({ method: 'POST', path: '/containers/create', body, doing }, createdReply, signal)
  try {
    // With the dot it has to be a folder, or a link to one.
    const call = { method: 'GET', path: `/containers/${id}/archive`, query: { path: `${path}/.` }, doing } as const
    const tar = await node.stream(call, signal).catch((cause: unknown) => {
      if (!(cause instanceof EngineError) || !isNoFolder(cause)) throw cause
      throw new EngineError('refused', `${doing}: the image has no such folder`, { cause })
    })
    await unpack(tar, { doing, take }, signal)
  } finally {
    // Even when the work was stopped, the container has to go.
    const removal = { method: 'DELETE', path: `/containers/${id}`, query: { force: true } } as const
    await node.send(removal, AbortSignal.timeout(removalTimeoutMs)).catch(ignoreEngineError)
  }
}

/** Engines say 400 or 500 of a file that was to be a folder. */
const isNoFolder = ({ code, message }: EngineError): boolean => code === 'not-found' || /not a directory/i.test(message)

const label = 'atoll.image-folder'
const removalTimeoutMs = 20_000
/** The registry may be slow to say that it has it. */
const pullTimeoutMs = 60_000

/** Nothing is asked of a registry for what is here. */
const ensureImage = async (node: Api, image: string, signal: AbortSignal): Promise<void> => {
  const look = { method: 'GET', path: `/images/${encodeURI(image)}/json`, doing: `look for image ${image}` } as const
  try {
    await node.send(look, signal)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'not-found') throw error
    if (image.startsWith('sha256:')) throw absent(image, 'this node has no image of this id', error)
    await pull(node, image, signal)
  }
}

const pull = async (node: Api, image: string, signal: AbortSignal): Promise<void> => {
  const query = { fromImage: image }
  const call = {
    method: 'POST',
    path: '/images/create',
    query,
    doing: `pull ${image}`,
    timeoutMs: pullTimeoutMs,
  } as const
  const lines = await node.stream(call, signal).catch((cause: unknown) => {
    // Who asks takes `not-found` for a node that serves nobody.
    if (!(cause instanceof EngineError) || cause.code !== 'not-found') throw cause
    throw new EngineError('refused', cause.message, { cause })
  })
  for await (const line of readJsonLines(lines)) {
    const { error } = progressReply.parse(line)
    if (error !== undefined) throw absent(image, error)
  }
}

const absent = (image: string, why: string, cause?: unknown): EngineError =>
  new EngineError('refused', `pull ${image}: ${why}`, { cause })

interface Unpacking {
  readonly doing: string
  readonly take: (file: FolderFile) => Promise<void>
}

const unpack = async (tar: Readable, unpacking: Unpacking, signal: AbortSignal): Promise<void> => {
  const entries = extract()
  const reading = pipeline(tar, entries, { signal })
  const taking = (async () => {
    let root: string | undefined
    for await (const entry of entries) {
      const { header } = entry
      // The folder itself comes first.
      if (root === undefined) root = header.name
      else await takeEntry({ header, root, content: entry as AsyncIterable<Uint8Array> }, unpacking)
      entry.resume()
    }
  })()
  await Promise.all([taking, reading])
}

interface Entry {
  readonly header: Header
  readonly root: string
  readonly content: AsyncIterable<Uint8Array>
}

const takeEntry = async ({ header, root, content }: Entry, { doing, take }: Unpacking): Promise<void> => {
  const { name, type, size, mtime } = header
  const path = `/${name.startsWith(root) ? name.slice(root.length) : name}`.replace(/^\/+/, '/')
  const segments = path.slice(1).replace(/\/$/, '').split('/')
  if (segments.some(isHidden)) return
  if (type === 'directory') return
  if (type !== 'file') {
    throw new EngineError(
      'refused',
      `${doing}: ${path} is a ${type ?? 'thing'}, and only files are served; copy what it leads to`,
    )
  }
  await take({ path, sizeBytes: size, modifiedSeconds: Math.floor((mtime?.getTime() ?? 0) / 1000), content })
}

/** Also what leads elsewhere; but a folder of well-known files (RFC 8615) is meant to be seen. */
const isHidden = (segment: string, index: number): boolean =>
  segment === '' || (segment.startsWith('.') && !(index === 0 && segment === '.well-known'))
