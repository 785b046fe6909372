import { posix } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { EngineError } from '../errors.ts'
import { gatherStats } from '../gather-stats.ts'
import type { FilePlace, FileStat, Forward, ReadFiles, TaskReach, TaskSample, WriteFiles } from '../reach.ts'
import { runRelay } from '../relay/relay.ts'
import { observeWorld } from './observe.ts'
import { findNode } from './world.ts'
import type { FakeFile, FakeTask, World } from './world.ts'

type Call = <T>(signal: AbortSignal, act: () => T | Promise<T>) => Promise<T>

/** What reaches into tasks: files are what was written there, and every port gives back what it is sent. */
export const openFakeReach = (world: World, call: Call): TaskReach => ({
  stats: (ref, signal) =>
    call(signal, () =>
      gatherStats(observeWorld(world, ref), async (nodeId, taskIds) => sampleNode(world, nodeId, taskIds), { signal }),
    ),
  statFile: (place, signal) => call(signal, () => statFile(world, place)),
  readFiles: (request, signal) => call(signal, () => readFiles(world, request)),
  writeFiles: (request, signal) => call(signal, () => writeFiles(world, request, signal)),
  forward: (request, signal) => call(signal, () => forward(world, request, signal)),
})

const getRunning = (world: World, taskId: string): FakeTask => {
  const task = [...world.services.values()].flatMap((service) => service.tasks).find(({ id }) => id === taskId)
  if (task === undefined) throw new EngineError('not-found', `find task ${taskId}: there is none; see "atoll status"`)
  if (task.state === 'running') return task
  throw new EngineError('conflict', `reach task ${taskId}: it is ${task.state}, not running`, { retry: false })
}

/** A tenth of a processor, always. */
const load = 0.1

const sampleNode = (world: World, nodeId: string, taskIds: readonly string[]): readonly TaskSample[] => {
  if (findNode(world, nodeId)?.state !== 'ready')
    throw new EngineError('unreachable', `read what tasks use: node ${nodeId} does not answer`)
  return taskIds.map((taskId) => ({
    taskId,
    atMs: world.nowMs,
    cpuNs: (world.nowMs - getRunning(world, taskId).createdAtMs) * 1e6 * load,
    memoryBytes: 32 * 1024 ** 2,
    memoryLimitBytes: findNode(world, nodeId)?.memoryBytes ?? 0,
    networkInBytes: 0,
    networkOutBytes: 0,
    readBytes: 0,
    writtenBytes: 0,
    processes: 1,
  }))
}

const filesOf = (world: World, taskId: string): Map<string, FakeFile> => {
  const files = world.files.get(getRunning(world, taskId).id) ?? new Map<string, FakeFile>()
  world.files.set(taskId, files)
  return files
}

/** Folders that every image is taken to have. */
const folders: ReadonlySet<string> = new Set(['/', '/tmp', '/etc'])

const trim = (path: string): string => posix.normalize(path).replace(/\/+$/, '') || '/'

const statFile = (world: World, { taskId, path }: FilePlace): FileStat | undefined => {
  const name = trim(path)
  const header = filesOf(world, taskId).get(name)?.header
  if (folders.has(name) || header?.type === 'directory') return { kind: 'folder', sizeBytes: 0 }
  if (header === undefined) return undefined
  if (header.type === 'symlink') return { kind: 'link', sizeBytes: 0, target: header.linkname ?? '' }
  return { kind: 'file', sizeBytes: header.size ?? 0 }
}

const readFiles = async (world: World, { taskId, path, take }: ReadFiles): Promise<void> => {
  const name = trim(path)
  const found = [...filesOf(world, taskId)].filter(([each]) => each === name || each.startsWith(`${name}/`))
  if (found.length === 0) throw new EngineError('not-found', `read ${path}: there is no such file in the task`)
  const tar = pack()
  for (const [each, { header, data }] of found)
    tar.entry({ ...header, name: nameEntry(each.slice(name.lastIndexOf('/') + 1), header) }, Buffer.from(data))
  tar.finalize()
  for await (const chunk of tar as AsyncIterable<Buffer>) await take(chunk)
}

const nameEntry = (name: string, { type }: Header): string => (type === 'directory' ? `${name}/` : name)

const writeFiles = async (world: World, { taskId, path, tar }: WriteFiles, signal: AbortSignal): Promise<void> => {
  const files = filesOf(world, taskId)
  const folder = trim(path)
  if (statFile(world, { taskId, path })?.kind !== 'folder')
    throw new EngineError('not-found', `write to ${path}: there is no such folder in the task`)
  const parser = extract()
  const reading = pipeline(Readable.from(tar, { objectMode: false }), parser, { signal })
  const keeping = (async () => {
    for await (const entry of parser) {
      const chunks: Buffer[] = []
      for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk)
      files.set(trim(`${folder === '/' ? '' : folder}/${entry.header.name}`), describe(entry.header, chunks))
    }
  })()
  await Promise.all([reading, keeping])
}

const describe = (header: Header, chunks: readonly Buffer[]): FakeFile => ({ header, data: Buffer.concat(chunks) })

const forward = async (world: World, { taskId, ports, input, output }: Forward, signal: AbortSignal): Promise<void> => {
  getRunning(world, taskId)
  const ended = Promise.withResolvers<never>()
  const stop = (): void => ended.reject(new EngineError('timeout', 'the forwarding was stopped', { retry: false }))
  signal.addEventListener('abort', stop, { once: true })
  const connect = async (): Promise<Duplex> => new PassThrough()
  const work = runRelay({ ports, connect, input, send: (frame) => void output(frame) })
  await Promise.race([work, ended.promise])
}
