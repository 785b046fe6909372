import type { LogLine, LogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { parseLogLine, readTextLines } from './log-line.ts'
import type { TextLine } from './log-line.ts'
import { observeNodes } from './observe-nodes.ts'
import { taskReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'
import { readFrames } from './streams.ts'
import type { Chunk } from './streams.ts'

/** A manager waits for nodes that are gone before it ends a log; what is there has come long before. */
const silenceMs = 4_000

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
      yield line.taskId === '' ? { ...line, atMs: lastMs, text: await explainGap(api, line.text, signal) } : line
    }
  } catch (error) {
    if (signal.aborted) return
    if (silence.signal.aborted)
      yield { service, taskId: '', stream: 'stderr', atMs: lastMs, text: describeGap('a node') }
    else if (error instanceof EngineError) throw error
    else throw new EngineError('unreachable', `read the logs of ${service}: the stream broke`, { cause: error })
  } finally {
    silence.end()
  }
}

const nameOf = ({ service }: LogRequest): string => service.Spec.Labels['atoll.service'] ?? service.Spec.Name

const describeGap = (who: string): string => `lines are missing: no answer from ${who}`

/** The engine says "incomplete log stream. ... node ID is not available" of nodes that are gone; a person knows names. */
const explainGap = async (api: Api, text: string, signal: AbortSignal): Promise<string> => {
  const ids = [...text.matchAll(/node (\w+) is not available/g)].map(([, id]) => id)
  if (ids.length === 0) return text
  const nodes = await observeNodes(api, signal).catch(() => [])
  const names = ids.map((id) => nodes.find((node) => node.id === id)?.name ?? `node ${id}`)
  return describeGap([...new Set(names)].join(' and '))
}

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
