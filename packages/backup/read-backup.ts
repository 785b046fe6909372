import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Document } from '@atoll/store'
import { decrypt } from './encryption.ts'
import type { Unlock } from './encryption.ts'
import { BackupError } from './errors.ts'
import { parseEntry, parseLine, splitLines } from './lines.ts'
import { parseManifest, requireMatch } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { PlatformKey, State } from './state.ts'

export interface ReadBackup {
  readonly manifest: Manifest
  readonly state: State
}

interface Options {
  readonly unlock: Unlock
  /** How a person would name the file, for messages. */
  readonly name: string
}

/**
 * All of a file, held against its manifest. BackupError `not-a-backup`, `wrong-key`, `newer-format` or `damaged`: then
 * nothing of it is given.
 */
export const readBackup = async (chunks: AsyncIterable<Uint8Array>, { unlock, name }: Options): Promise<ReadBackup> => {
  const sealed = ReadableStream.from(chunks)
  const plain = await decrypt(sealed, { unlock, name })
  const packed = Readable.from(plain as AsyncIterable<Uint8Array>)
  const unpacked = packed.pipe(createGunzip())
  packed.once('error', (error) => unpacked.destroy(error))
  try {
    return await parseFile(splitLines(unpacked as AsyncIterable<Uint8Array>, name), name)
  } catch (cause) {
    if (cause instanceof BackupError) throw cause
    throw new BackupError('damaged', `read ${name}: it was changed, or is cut off`, {
      hint: 'take another backup; nothing was changed',
      cause,
    })
  } finally {
    packed.destroy()
    unpacked.destroy()
  }
}

const parseFile = async (lines: AsyncGenerator<string, void>, name: string): Promise<ReadBackup> => {
  const { value: first } = await lines.next()
  const manifest = parseManifest(parseLine(first ?? ''), name)
  const documents: Document[] = []
  const keys: PlatformKey[] = []
  for await (const line of lines) {
    const { kind, ...entry } = parseEntry(parseLine(line), name)
    if ('collection' in entry) documents.push(entry)
    else keys.push(entry)
    void kind
  }
  const { id, madeAtMs, version, by, nodes } = manifest
  const state = { about: { id, madeAtMs, version, by, nodes }, documents, keys }
  requireMatch(manifest, state, name)
  return { manifest, state }
}
