import { StringDecoder } from 'node:string_decoder'
import type { LogLine, LogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { taskReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'
import { readFrames } from './streams.ts'
import type { Chunk } from './streams.ts'

/** A manager waits for nodes that are gone before it ends a log; what is there has come long before. */
const silenceMs = 4_000
const maxLineLength = 64 * 1024

export interface LogRequest {
  readonly service: ServiceReply
  readonly query: LogQuery
}

/** Lines of one service (or of one task of it) as they come from the nodes: in order per task only. Ends with the signal. */
export async function* readLogStream(api: Api, request: LogRequest, signal: AbortSignal): AsyncIterable<LogLine> {
  const service = nameOf(request)
  const silence = startSilence(request.query.follow)
  let lastMs = 0
  try {
    const stream = await api.stream(logsCall(request), AbortSignal.any([signal, silence.signal]))
    const texts = readTextLines(readChunks(stream, hasTerminal(request)), silence.rest)
    for await (const line of describeLines(texts, service, trackSlots(api, signal))) {
      lastMs = Math.max(lastMs, line.atMs)
      yield line
    }
  } catch (error) {
    if (signal.aborted) return
    if (silence.signal.aborted)
      yield { service, taskId: '', stream: 'stderr', atMs: lastMs, text: 'lines are missing: a node does not answer' }
    else if (error instanceof EngineError) throw error
    else throw new EngineError('unreachable', `read the logs of ${service}: the stream broke`, { cause: error })
  } finally {
    silence.end()
  }
}

const nameOf = ({ service }: LogRequest): string => service.Spec.Labels['atoll.service'] ?? service.Spec.Name

async function* describeLines(texts: AsyncIterable<TextLine>, service: string, slots: Slots): AsyncIterable<LogLine> {
  for await (const { stream, text } of texts) {
    const line = parseLogLine(text)
    if (line === undefined) continue
    const slot = line.taskId === '' ? undefined : await slots.find(line.taskId)
    const output = stream === 'stdout' ? 'stdout' : 'stderr'
    yield { service, ...line, ...(slot !== undefined && { slot }), stream: output }
  }
}

const logsCall = ({ service, query }: LogRequest): Call => ({
  method: 'GET',
  path: query.taskId === undefined ? `/services/${service.ID}/logs` : `/tasks/${query.taskId}/logs`,
  query: {
    stdout: true,
    stderr: true,
    timestamps: true,
    details: true,
    follow: query.follow,
    tail: query.tail,
    since: query.sinceMs === undefined ? undefined : (query.sinceMs / 1000).toFixed(3),
  },
})

const hasTerminal = ({ service }: LogRequest): boolean => service.Spec.TaskTemplate.ContainerSpec?.['TTY'] === true

/** With a terminal there are no frames, and both streams are one. */
async function* readChunks(stream: AsyncIterable<Buffer>, isTerminal: boolean): AsyncIterable<Chunk> {
  if (!isTerminal) return yield* readFrames(stream)
  for await (const data of stream) yield { stream: 'stdout', data }
}

interface TextLine {
  readonly stream: Chunk['stream']
  readonly text: string
}

/** Frames hold parts of lines when lines are long; a part is kept until its end comes. `rest` hears of every frame. */
async function* readTextLines(chunks: AsyncIterable<Chunk>, rest: () => void): AsyncIterable<TextLine> {
  const parts = { stdout: openPart(), stderr: openPart(), error: openPart() }
  for await (const { stream, data } of chunks) {
    rest()
    for (const text of parts[stream].add(data)) yield { stream, text }
    if (stream === 'error') for (const text of parts.error.end()) yield { stream, text }
  }
  for (const stream of ['stdout', 'stderr'] as const) for (const text of parts[stream].end()) yield { stream, text }
}

const openPart = () => {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return {
    add: (data: Buffer): readonly string[] => {
      const lines = (rest + decoder.write(data)).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length <= maxLineLength) return lines
      const long = rest
      rest = ''
      return [...lines, long]
    },
    end: (): readonly string[] => {
      const last = rest + decoder.end()
      rest = ''
      return last === '' ? [] : [last]
    },
  }
}

type ParsedLine = Pick<LogLine, 'taskId' | 'nodeId' | 'atMs' | 'text'>

const taskKey = 'com.docker.swarm.task.id'
const nodeKey = 'com.docker.swarm.node.id'

/** `TIME KEY=VALUE,KEY=VALUE TEXT`, as the engine writes it when asked for times and details. Values are URL-encoded. */
export const parseLogLine = (line: string): ParsedLine | undefined => {
  const match = /^(\S+) (\S*) ?(.*)$/s.exec(line.replace(/\r$/, ''))
  const atMs = parseTime(match?.[1] ?? '')
  const details = new Map((match?.[2] ?? '').split(',').map((pair) => splitPair(pair)))
  const taskId = details.get(taskKey)
  const nodeId = details.get(nodeKey)
  if (match !== null && !Number.isNaN(atMs) && taskId !== undefined)
    return { taskId, ...(nodeId !== undefined && { nodeId }), atMs, text: match[3] ?? '' }
  // What the engine says of itself: "warning: incomplete log stream ... node X is not available".
  return line.trim() === '' ? undefined : { taskId: '', atMs: 0, text: line.trim() }
}

/** With microseconds, as a fraction: two lines of one millisecond have an order, too. */
const parseTime = (text: string): number => {
  const [, millisecond = '', micros = ''] = /^([^.]+\.\d{3})(\d{0,3})\d*Z$/.exec(text) ?? []
  return millisecond === '' ? Date.parse(text) : Date.parse(`${millisecond}Z`) + Number(micros.padEnd(3, '0')) / 1000
}

const splitPair = (pair: string): readonly [string, string] => {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), decodePart(pair.slice(at + 1))]
}

const decodePart = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Slots {
  find(taskId: string): Promise<number | undefined>
}

/** Slots by task; each is asked for once. */
const trackSlots = (api: Api, signal: AbortSignal): Slots => {
  const known = new Map<string, number | undefined>()
  return {
    find: async (taskId: string): Promise<number | undefined> => {
      if (!known.has(taskId)) {
        const task = await api
          .json({ method: 'GET', path: `/tasks/${taskId}` }, taskReply, signal)
          .catch(() => undefined)
        known.set(taskId, task?.Slot)
      }
      return known.get(taskId)
    },
  }
}

/** Ends a log that is not followed once nothing has come for a while. */
const startSilence = (isFollowing: boolean) => {
  const controller = new AbortController()
  const timer = isFollowing ? undefined : setTimeout(() => controller.abort(), silenceMs)
  return { signal: controller.signal, rest: () => void timer?.refresh(), end: () => clearTimeout(timer) }
}
