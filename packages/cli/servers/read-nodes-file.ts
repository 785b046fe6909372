import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Problem } from '@atoll/spec'
import { InvalidInputError } from '../errors.ts'
import { parseAddress, parseNodeName, parseZone } from './ssh-flags.ts'

/** What it is to be: a witness is a manager that runs nothing. */
export type NodePart = 'manager' | 'worker' | 'witness'

/** A server of the file, as the flags of `atoll node add` would say it. */
export interface NodeEntry {
  readonly server: string
  readonly zone?: string
  readonly role?: NodePart
  readonly name?: string
  readonly address?: string
}

const mostNodes = 100

const by = (parse: (input: string) => string) =>
  z.string().transform((input, context) => {
    try {
      return parse(input)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  })

const entryShape = z.strictObject({
  server: z.string().min(1),
  zone: by(parseZone).exactOptional(),
  role: z.enum(['manager', 'worker', 'witness']).exactOptional(),
  name: by(parseNodeName).exactOptional(),
  address: by(parseAddress).exactOptional(),
})

const fileShape = z.array(entryShape).min(1).max(mostNodes)

/** A list in YAML, or in JSON, which is YAML too. Throws InvalidInputError with every problem and its place. */
export const readNodesFile = (path: string): readonly NodeEntry[] => parseNodes(readText(path), path)

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const message = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`
    throw new InvalidInputError([problemAt(path, { message })])
  }
}

/** Pure. */
export const parseNodes = (text: string, path: string): readonly NodeEntry[] => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const placeOf = (keys: readonly PropertyKey[]): Place => {
    const node: unknown = keys.length === 0 ? document.contents : document.getIn(keys, true)
    const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : undefined
    if (Array.isArray(range)) return toPlace(lines, Number(range[0]))
    return keys.length === 0 ? {} : placeOf(keys.slice(0, -1))
  }
  if (document.errors.length > 0) {
    throw new InvalidInputError(
      document.errors.map(({ message, pos }) =>
        problemAt(path, { message: message.split('\n')[0] ?? message, ...toPlace(lines, pos[0]) }),
      ),
    )
  }
  const parsed = fileShape.safeParse(document.toJS())
  if (parsed.success) return parsed.data
  throw new InvalidInputError(
    parsed.error.issues.map((issue) => {
      const key = issue.path.map(String).join('.')
      return problemAt(path, { key, message: issue.message, ...placeOf(issue.path) })
    }),
  )
}

interface Place {
  readonly line?: number
  readonly column?: number
}

const toPlace = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

const hint = 'a list of servers: "- server: root@203.0.113.8", with zone, role, name and address where they are wanted'

const problemAt = (
  path: string,
  { key = '', message, line, column }: Place & { readonly key?: string; readonly message: string },
): Problem => ({
  severity: 'error',
  path,
  key,
  message,
  hint,
  line: line ?? 1,
  column: column ?? 1,
})
