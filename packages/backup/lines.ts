import type { Document } from '@atoll/store'
import { z } from 'zod'
import { BackupError } from './errors.ts'
import type { PlatformKey } from './state.ts'

/** A line of a file after its manifest. */
export type Entry = ({ readonly kind: 'document' } & Document) | ({ readonly kind: 'key' } & PlatformKey)

export const renderLine = (value: unknown): string => `${JSON.stringify(value)}\n`

const shape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('document'),
    collection: z.string().min(1).max(200),
    id: z.string().min(1).max(2000),
    revision: z.number().int().positive(),
    value: z.unknown(),
    writtenAtMs: z.number(),
  }),
  z.object({ kind: z.literal('key'), engineName: z.string().min(1).max(64), value: z.string() }),
])

/** BackupError `damaged`. */
export const parseEntry = (line: unknown, name: string): Entry => {
  const parsed = shape.safeParse(line)
  if (parsed.success) return parsed.data
  throw new BackupError('damaged', `read ${name}: a line of it is neither document nor key`, { cause: parsed.error })
}

/** Undefined when it is no JSON; the error of that would quote the text. */
export const parseLine = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One document can have 36 MB as JSON; nothing is longer. */
const maxLineBytes = 64 * 1024 * 1024

/** Text by lines. BackupError `too-large` for a line that nobody of us has written. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let characters = 0
  for await (const chunk of chunks) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n')
    parts.push(first)
    characters += first.length
    if (characters > maxLineBytes) throw new BackupError('too-large', `read ${name}: a line has no end`)
    for (const next of rest) {
      yield parts.join('')
      parts = [next]
      characters = next.length
    }
  }
  if (characters > 0) throw new BackupError('damaged', `read ${name}: its last line is cut off`)
}
