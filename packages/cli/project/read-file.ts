import { readFileSync, statSync } from 'node:fs'
import type { ContentRead, FileRead } from '@atoll/spec'

/** A compose file, an env file or a config of this size is a mistake, and reading a bigger one would cost seconds. */
const maximumBytes = 8 * 1024 * 1024

/** Reads a compose or env file without ever throwing. */
export const readFile = (absolutePath: string): FileRead => {
  const content = readContent(absolutePath)
  return content.kind === 'bytes' ? decode(content.bytes) : content
}

/** Reads a file of the project without ever throwing; a big one is refused before a byte of it is read. */
export const readContent = (absolutePath: string): ContentRead => {
  try {
    const stat = statSync(absolutePath)
    if (stat.isDirectory()) return { kind: 'folder' }
    if (!stat.isFile()) return { kind: 'unreadable', reason: 'it is not a regular file' }
    if (stat.size > maximumBytes) return { kind: 'too-large', bytes: stat.size }
    return { kind: 'bytes', bytes: readFileSync(absolutePath) }
  } catch (error) {
    return explain(error)
  }
}

/** Text is UTF-8 without zero bytes, as YAML has it. */
export const decode = (bytes: Uint8Array): FileRead => {
  if (bytes.includes(0)) return { kind: 'binary' }
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { kind: 'binary' }
  }
}

const explain = (error: unknown): Exclude<ContentRead, { kind: 'bytes' }> => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
  return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) }
}
