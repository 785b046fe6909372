import type { Readable } from 'node:stream'
import { z } from 'zod'
import { EngineError } from '../errors.ts'
import { parseError, parseShape } from './wire-error.ts'

const maxLineCharacters = 16 * 1024 * 1024

/** A stream is `{"item": ...}` lines, then `{"end": true}` or an error. One without such a last line was cut. */
const lineShape = z.union([z.object({ item: z.unknown() }), z.object({ end: z.literal(true) })])

/** Items until the end; EngineError as the other side threw it, or `unreachable` when the stream was cut. */
export async function* readItems<T>(
  stream: Readable,
  { item, doing }: { readonly item: z.ZodType<T>; readonly doing: string },
): AsyncGenerator<T, void> {
  for await (const text of readLines(stream, doing)) {
    const value = parseJson(text, doing)
    const error = parseError(value)
    if (error !== undefined) throw error
    const line = parseShape(lineShape, value, `${doing}: a line of the answer is not understood`)
    if ('end' in line) return
    yield parseShape(item, line.item, `${doing}: an item of the answer is not understood`)
  }
  throw new EngineError('unreachable', `${doing}: the agent left in the middle of its answer`)
}

async function* readLines(stream: Readable, doing: string): AsyncGenerator<string, void> {
  let rest = ''
  stream.setEncoding('utf8')
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLineCharacters) throw new EngineError('invalid', `${doing}: a line of the answer has no end`)
    yield* lines
  }
}

export const parseJson = (text: string, doing: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EngineError('invalid', `${doing}: not JSON`, { cause })
  }
}
