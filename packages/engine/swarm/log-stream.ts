import type { LogLine, LogQuery } from '../engine.ts'
import { EngineError } from '../errors.ts'
import type { Api, Call } from './client.ts'
import { describeGap, parseGap } from './log-gap.ts'
import type { Gap } from './log-gap.ts'
import { describeLogQuery, parseLogLine, readChunks, readTextLines } from './log-line.ts'
import type { TextLine } from './log-line.ts'
import { startSilence } from './log-silence.ts'
import { taskReply } from './replies.ts'
import type { ServiceReply } from './replies.ts'

export interface LogRequest {
  readonly service: ServiceReply
  readonly query: LogQuery
}

interface Reading extends LogRequest {
  /** Called once at least, with nothing at the end of a log that is whole. */
  readonly tellGap: (gap: Gap | undefined) => void
}

/**
 * Lines of one service (or of one task of it) as the manager collects them: in order per task only. Ends with the signal. Nodes
 * that it says are not available are no lines, but told as a gap.
 */
export async function* readLogStream(api: Api, request: Reading, signal: AbortSignal): AsyncIterable<LogLine> {
  const service = nameOf(request)
  const silence = startSilence(request.query.follow)
  const lastMs = new Map<string, number>()
  const newestMs = (): number => Math.max(0, ...lastMs.values())
  try {
    const stream = await api.stream(logsCall(request), AbortSignal.any([signal, silence.signal]))
    const texts = readTextLines(silence.listen(readChunks(stream, hasTerminal(request))))
    for await (const line of describeLines(texts, service, trackSlots(api, signal))) {
      const nodeIds = line.taskId === '' ? parseGap(line.text) : []
      if (line.taskId !== '') lastMs.set(line.taskId, line.atMs)
      if (nodeIds.length > 0) request.tellGap({ nodeIds, lastMs })
      else yield line.taskId === '' ? { ...line, atMs: newestMs() } : line
    }
  } catch (error) {
    if (signal.aborted) return
    if (silence.signal.aborted)
      yield { service, taskId: '', stream: 'stderr', atMs: newestMs(), text: describeGap('a node') }
    else if (error instanceof EngineError) throw error
    else throw new EngineError('unreachable', `read the logs of ${service}: the stream broke`, { cause: error })
  } finally {
    silence.end()
    request.tellGap(undefined)
  }
}

export const nameOf = ({ service }: LogRequest): string => service.Spec.Labels['atoll.service'] ?? service.Spec.Name

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
  query: { ...describeLogQuery(query), details: true },
})

const hasTerminal = ({ service }: LogRequest): boolean => service.Spec.TaskTemplate.ContainerSpec?.['TTY'] === true

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
