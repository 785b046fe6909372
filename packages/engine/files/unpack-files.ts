import { createWriteStream } from 'node:fs'
import { chmod, link, mkdir, symlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import type { Header } from 'tar-stream'
import { EngineError } from '../errors.ts'

export interface Unpacking {
  /** Where the first entry of the tar goes, whatever it is called; nothing is there yet. */
  readonly to: string
  /** What cannot be made here: devices. */
  readonly onSkip: (name: string) => void
  readonly signal: AbortSignal
}

/** Bits of the owner, the group and others; not those that make a program run as somebody else. */
const rights = 0o777
/** Until all is in it. */
const openFolder = 0o700

/** What a tar had: `bytes` of its files, without what a tar adds to them. */
export interface Unpacked {
  /** Files, folders, links and what was left out. */
  readonly entries: number
  readonly files: number
  readonly bytes: number
}

interface Tree extends Unpacking {
  /** Parts of the first entry's name, which the others begin with. */
  root: readonly string[] | undefined
  /** What was made here, by path: nothing is written anywhere else, and nothing through a link. */
  readonly folders: Map<string, Header>
  readonly files: Set<string>
}

/**
 * Makes the files of a tar, with their rights, times and links. EngineError `refused` for an entry that would leave the
 * destination, be it by its name or through a link.
 */
export const unpackFiles = async (tar: AsyncIterable<Uint8Array>, unpacking: Unpacking): Promise<Unpacked> => {
  const tree: Tree = { ...unpacking, root: undefined, folders: new Map(), files: new Set() }
  const parser = extract()
  const reading = pipeline(Readable.from(tar, { objectMode: false }), parser, { signal: unpacking.signal })
  let seen: Unpacked = { entries: 0, files: 0, bytes: 0 }
  const making = (async () => {
    for await (const entry of parser) {
      await makeEntry(tree, entry as unknown as Entry)
      seen = addEntry(seen, entry.header)
    }
  })()
  await Promise.all([reading, making])
  for (const [path, header] of [...tree.folders].reverse()) await finish(path, header)
  return seen
}

const addEntry = ({ entries, files, bytes }: Unpacked, { type, size }: Header): Unpacked =>
  isFile(type)
    ? { entries: entries + 1, files: files + 1, bytes: bytes + size }
    : { entries: entries + 1, files, bytes }

const isFile = (type: Header['type']): boolean => type === 'file' || type === 'contiguous-file'

type Entry = Readable & { readonly header: Header }

const makeEntry = async (tree: Tree, entry: Entry): Promise<void> => {
  const { header } = entry
  const path = locate(tree, header.name)
  const { type } = header
  if (isFile(type)) await makeFile(tree, path, entry)
  else entry.resume()
  if (type === 'directory') {
    await mkdir(path, { mode: openFolder })
    tree.folders.set(path, header)
  } else if (type === 'symlink') await symlink(header.linkname ?? '', path)
  else if (type === 'link') await makeLink(tree, path, header)
  else if (!isFile(type)) tree.onSkip(header.name)
}

const makeFile = async (tree: Tree, path: string, entry: Entry): Promise<void> => {
  await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 }))
  await finish(path, entry.header)
  tree.files.add(path)
}

/** Of a file that the same tar has brought. */
const makeLink = async (tree: Tree, path: string, { name, linkname }: Header): Promise<void> => {
  const from = locate(tree, linkname ?? '')
  if (!tree.files.has(from)) throw refused(name, `it is a link to ${linkname}, which is no file of the same tar`)
  await link(from, path)
  tree.files.add(path)
}

const finish = async (path: string, { mode, mtime }: Header): Promise<void> => {
  await chmod(path, (mode ?? openFolder) & rights)
  if (mtime) await utimes(path, mtime, mtime)
}

/** Only into folders that were made for it. */
const locate = (tree: Tree, name: string): string => {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..') || name.includes('\0')) throw refused(name, 'its name leads out of the destination')
  if (tree.root === undefined) {
    tree.root = parts
    return tree.to
  }
  const { root } = tree
  if (root.some((part, at) => parts[at] !== part)) throw refused(name, `it is not in ${root.join('/')}`)
  const path = join(tree.to, ...parts.slice(root.length))
  if (!tree.folders.has(dirname(path))) throw refused(name, 'it is in no folder of the same tar')
  return path
}

const refused = (name: string, why: string): EngineError =>
  new EngineError('refused', `unpack ${JSON.stringify(name)}: ${why}`)
