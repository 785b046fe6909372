import { Readable } from 'node:stream'
import { z } from 'zod'
import type { FileStat, ReadFiles, WriteFiles } from '../reach.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { ignoreAbsent } from './ignore-errors.ts'

/** A container on the engine of its node. */
export interface ContainerPlace {
  readonly node: Api
  readonly containerId: string
}

/** The reply to a tar comes when all of it is written. */
const copyTimeoutMs = 24 * 60 * 60_000
/** The rest of what was refused is not read; a short one ends by itself. */
const archive = ({ containerId }: ContainerPlace, call: Pick<Call, 'method' | 'body' | 'query' | 'doing'>): Call => ({
  ...call,
  path: `/containers/${containerId}/archive`,
})

export const statFile = async (
  place: ContainerPlace,
  path: string,
  signal: AbortSignal,
): Promise<FileStat | undefined> => {
  const call = archive(place, { method: 'HEAD', query: { path }, doing: `look at ${path}` })
  const reply = await place.node.stream(call, signal).catch(ignoreAbsent)
  if (reply === undefined) return undefined
  reply.resume()
  return parseStat(reply.headers['x-docker-container-path-stat']?.toString() ?? '', path)
}

const statShape = z.object({ size: z.number(), mode: z.number(), linkTarget: z.string().default('') })
/** Bits of Go's file modes. */
const modes = {
  folder: 2 ** 31,
  link: 2 ** 27,
  others: (2 ** 26) | (2 ** 25) | (2 ** 24) | (2 ** 21) | (2 ** 19),
} as const

const parseStat = (header: string, path: string): FileStat => {
  const parsed = statShape.safeParse(parseJson(Buffer.from(header, 'base64').toString()))
  if (!parsed.success) throw new EngineError('invalid', `look at ${path}: the engine's reply is not understood`)
  const { size, mode, linkTarget } = parsed.data
  // A folder's bit is the highest of 32, beyond what JavaScript's own operators take.
  const kind = mode >= modes.folder ? 'folder' : mode & modes.link ? 'link' : mode & modes.others ? 'other' : 'file'
  return { kind, sizeBytes: size, ...(linkTarget === '' ? {} : { target: linkTarget }) }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** At the pace of who takes it. */
export const readFiles = async (
  place: ContainerPlace,
  { path, take }: Omit<ReadFiles, 'taskId'>,
  signal: AbortSignal,
): Promise<void> => {
  const doing = `read ${path}`
  const call = archive(place, { method: 'GET', query: { path }, doing })
  const reply = await place.node.stream(call, signal).catch((cause: unknown) => {
    throw isNoSuchFile(cause)
      ? new EngineError('not-found', `${doing}: there is no such file or folder`, { cause })
      : cause
  })
  try {
    for await (const chunk of reply as AsyncIterable<Buffer>) await take(chunk)
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError('unreachable', `${doing}: the engine broke off`, { cause, retry: false })
  }
}

/** What the engine says names its own container and socket, of which nobody asked. */
const isNoSuchFile = (error: unknown): boolean =>
  error instanceof EngineError && error.code === 'not-found' && error.message.includes('Could not find the file')

/** At the pace of the engine. A tar that breaks off leaves what was written so far. */
export const writeFiles = async (
  place: ContainerPlace,
  { path, tar }: Omit<WriteFiles, 'taskId'>,
  signal: AbortSignal,
): Promise<void> => {
  const body = Readable.from(tar, { objectMode: false })
  const query = { path, noOverwriteDirNonDir: true }
  const call = archive(place, { method: 'PUT', query, body, doing: `write to ${path}` })
  try {
    await place.node.send({ ...call, timeoutMs: copyTimeoutMs }, signal)
  } finally {
    body.destroy()
  }
}
