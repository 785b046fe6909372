import { StringDecoder } from 'node:string_decoder'
import type { LogLine, LogQuery } from '../engine.ts'
import type { Call } from './client.ts'
import { readFrames } from './streams.ts'
import type { Chunk } from './streams.ts'

const maxLineLength = 64 * 1024

/** What is asked of any log. */
export const describeLogQuery = ({ follow, tail, sinceMs }: Pick<LogQuery, 'follow' | 'tail' | 'sinceMs'>) =>
  ({
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    tail,
    since: sinceMs === undefined ? undefined : (sinceMs / 1000).toFixed(3),
  }) satisfies Call['query']

/** With a terminal there are no frames, and both streams are one. */
export async function* readChunks(stream: AsyncIterable<Buffer>, isTerminal: boolean): AsyncIterable<Chunk> {
  if (!isTerminal) return yield* readFrames(stream)
  for await (const data of stream) yield { stream: 'stdout', data }
}

/** A whole line of one of the engine's streams. */
export interface TextLine {
  readonly stream: Chunk['stream']
  readonly text: string
}

/** Frames hold parts of lines when lines are long; a part is kept until its end comes. */
export async function* readTextLines(chunks: AsyncIterable<Chunk>): AsyncIterable<TextLine> {
  const parts = { stdout: openPart(), stderr: openPart(), error: openPart() }
  for await (const { stream, data } of chunks) {
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

/** `TIME TEXT`, as the engine of a container writes it; undefined without a time. */
export const parseTimedLine = (line: string): Pick<LogLine, 'atMs' | 'text'> | undefined => {
  const [, time = '', text = ''] = /^(\S+) ?(.*?)\r?$/s.exec(line) ?? []
  const atMs = parseTime(time)
  return Number.isNaN(atMs) ? undefined : { atMs, text }
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
