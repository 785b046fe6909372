import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import type { Header } from 'tar-stream'

/** The content of a tar in three numbers; equal for the same files in any order. */
export interface TarDigest {
  readonly entries: number
  readonly bytes: number
  readonly hash: string
}

const modulus = 2n ** 256n

/**
 * Reads a tar to its end. Every entry is hashed by itself (name, kind, owner, rights, time in seconds, link, extended
 * attributes, content) and the hashes are added up: the same as sorting and comparing, in constant memory.
 */
export const digestTar = async (tar: Readable): Promise<TarDigest> => {
  let sum = 0n
  let entries = 0
  let bytes = 0
  const parser = extract()
  const reading = pipeline(tar, parser)
  const counting = (async () => {
    for await (const entry of parser) {
      const hash = createHash('sha256').update(renderHeader(entry.header))
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        hash.update(chunk)
        bytes += chunk.length
      }
      sum = (sum + BigInt(`0x${hash.digest('hex')}`)) % modulus
      entries += 1
    }
  })()
  await Promise.all([reading, counting])
  return { entries, bytes, hash: sum.toString(16).padStart(64, '0') }
}

const renderHeader = (header: Header): string => {
  const { name, mode, uid, gid, size, mtime, type, linkname, devmajor, devminor, pax } = header
  const attributes = Object.entries(pax ?? {})
    .filter(([key]) => key.startsWith('SCHILY.xattr.'))
    .sort(byName)
  const plainName = name.replace(/\/$/, '')
  // The folder that is the volume itself was there before, so its time is the copy's own.
  const seconds = plainName === '.' ? 0 : Math.floor((mtime?.getTime() ?? 0) / 1000)
  return `${JSON.stringify([plainName, mode, uid, gid, size, seconds, type, linkname, devmajor, devminor, attributes])}\n`
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1)
