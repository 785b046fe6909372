import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { encrypt } from './encryption.ts'
import type { Lock } from './encryption.ts'
import { renderLine } from './lines.ts'
import { describeState, listEntries } from './manifest.ts'
import type { Manifest } from './manifest.ts'
import type { State } from './state.ts'

export interface WrittenBackup {
  readonly manifest: Manifest
  /** The file; read once. Nothing of the state is written anywhere before it is encrypted. */
  readonly chunks: AsyncIterable<Uint8Array>
}

/** A state as one file: lines of JSON, the manifest first, in gzip, in age. BackupError `bad-key`. */
export const writeBackup = async (state: State, lock: Lock): Promise<WrittenBackup> => {
  const manifest = describeState(state)
  return { manifest, chunks: await sealLines(renderFile(manifest, state), lock) }
}

/** Any lines as such a file. */
export const sealLines = async (lines: Iterable<string>, lock: Lock): Promise<AsyncIterable<Uint8Array>> => {
  const text = Readable.from(lines)
  const packed = text.pipe(createGzip())
  text.once('error', (error) => packed.destroy(error))
  return encrypt(ReadableStream.from(packed as AsyncIterable<Uint8Array>), lock)
}

function* renderFile(manifest: Manifest, state: State): Generator<string, void> {
  yield renderLine(manifest)
  for (const entry of listEntries(state)) yield renderLine(entry)
}
