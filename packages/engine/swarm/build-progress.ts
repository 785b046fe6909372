import { progressReply } from './replies.ts'
import { EngineError } from '../errors.ts'

/** A step of a build as BuildKit tells it, as far as people want to read it. */
export interface BuildTrace {
  readonly vertexes: readonly Vertex[]
  readonly logs: readonly string[]
}

export interface Vertex {
  readonly digest: string
  readonly name: string
  readonly isCached: boolean
  readonly hasStarted: boolean
  readonly hasCompleted: boolean
  readonly error: string
}

/** Lines of a build for people, from the lines of either builder; throws EngineError `refused` when the build failed. */
export const followBuild = (doing: string, onLine: (line: string) => void): ((line: unknown) => void) => {
  const told = new Set<string>()
  const tellOnce = (key: string, line: string): void => {
    if (!told.has(key)) onLine(line)
    told.add(key)
  }
  return (line) => {
    const { stream, status, id, error, aux } = progressReply.parse(line)
    if (error !== undefined) throw new EngineError('refused', `${doing}: ${error}`, { retry: false })
    if (id === 'moby.buildkit.trace' && typeof aux === 'string')
      tellTrace(decodeTrace(Buffer.from(aux, 'base64')), onLine, tellOnce)
    else if (stream !== undefined) for (const text of stream.split('\n')) if (text.trim() !== '') onLine(text.trimEnd())
    if (status !== undefined && id === undefined) onLine(status)
  }
}

const tellTrace = (
  trace: BuildTrace,
  onLine: (line: string) => void,
  tellOnce: (key: string, line: string) => void,
): void => {
  for (const { digest, name, isCached, hasStarted, error } of trace.vertexes) {
    if (name.startsWith('[internal]') || name.startsWith('copy /context')) continue
    if (isCached) tellOnce(digest, `${name} (cached)`)
    else if (hasStarted) tellOnce(digest, name)
    if (error !== '') tellOnce(`${digest} error`, `${name}: ${error}`)
  }
  for (const text of trace.logs)
    for (const line of text.split(/\r?\n/)) if (line.trim() !== '') onLine(`  ${line.trimEnd()}`)
}

/** BuildKit's StatusResponse (moby/buildkit, api/services/control/control.proto): 1 vertexes, 3 logs. */
export const decodeTrace = (bytes: Uint8Array): BuildTrace => {
  const fields = decodeMessage(bytes)
  return {
    vertexes: fields.filter(({ number }) => number === 1).map(({ bytes }) => decodeVertex(bytes)),
    logs: fields.filter(({ number }) => number === 3).map(({ bytes }) => textOf(decodeMessage(bytes), 4)),
  }
}

const decodeVertex = (bytes: Uint8Array): Vertex => {
  const fields = decodeMessage(bytes)
  return {
    digest: textOf(fields, 1),
    name: textOf(fields, 3),
    isCached: fields.some(({ number, value }) => number === 4 && value === 1),
    hasStarted: fields.some(({ number }) => number === 5),
    hasCompleted: fields.some(({ number }) => number === 6),
    error: textOf(fields, 7),
  }
}

interface Field {
  readonly number: number
  readonly value: number
  readonly bytes: Uint8Array
}

const textOf = (fields: readonly Field[], number: number): string =>
  Buffer.from(fields.find((field) => field.number === number)?.bytes ?? []).toString('utf8')

const nothing = new Uint8Array()

/** Fields of a protobuf message: kind 0 is a number, 2 is bytes; 1 and 5 (fixed width) are passed over. */
const decodeMessage = (bytes: Uint8Array): readonly Field[] => {
  const fields: Field[] = []
  let offset = 0
  const readNumber = (): number => {
    let value = 0
    for (let shift = 0; offset < bytes.length; shift += 7) {
      const byte = bytes[offset++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) break
    }
    return value
  }
  while (offset < bytes.length) {
    const key = readNumber()
    const number = Math.floor(key / 8)
    const wire = key % 8
    if (wire === 0) fields.push({ number, value: readNumber(), bytes: nothing })
    else if (wire === 2) {
      const length = readNumber()
      fields.push({ number, value: 0, bytes: bytes.subarray(offset, offset + length) })
      offset += length
    } else if (wire === 1 || wire === 5) offset += wire === 1 ? 8 : 4
    else break
  }
  return fields
}
