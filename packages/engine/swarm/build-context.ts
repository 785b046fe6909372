import dockerignore from '@balena/dockerignore'
import type { Ignore } from '@balena/dockerignore'
import { createReadStream } from 'node:fs'
import { lstat, readFile, readdir, readlink } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Stats } from 'node:fs'
import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import type { Header, Pack } from 'tar-stream'
import type { Build } from '@atoll/spec'
import { EngineError } from '../errors.ts'

export interface BuildContext {
  readonly tar: Readable
  /** Name of the Dockerfile inside the tar. */
  readonly dockerfile: string
}

/** A context that the engine fetches by itself. */
export const isAddress = (context: string): boolean => /^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(context)

const maxEntries = 500_000
const foreignDockerfile = '.atoll.Dockerfile'

/**
 * The folder of a build as a tar, without what .dockerignore names (`DOCKERFILE.dockerignore` comes first, as BuildKit has
 * it). Owners are left out as the docker client does, so that the same files give the same layers for everybody.
 */
export const openBuildContext = async (build: Build, signal: AbortSignal): Promise<BuildContext> => {
  const rules = await readIgnoreRules(build)
  const foreign = await readForeignDockerfile(build)
  const tar = pack()
  const written = writeTar(tar, build.context, { rules, foreign, signal })
  written.catch((error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))))
  return {
    tar: Readable.from(tar, { objectMode: false }),
    dockerfile: foreign === undefined ? build.dockerfile : foreignDockerfile,
  }
}

interface Rules {
  readonly ignore: Ignore
  /** A `!pattern` may bring back a file of an ignored folder; then every folder is looked into. */
  readonly hasExceptions: boolean
}

const readIgnoreRules = async ({ context, dockerfile, dockerfileInline }: Build): Promise<Rules> => {
  const own =
    dockerfileInline === undefined ? await readIfThere(join(context, `${dockerfile}.dockerignore`)) : undefined
  const text = own ?? (await readIfThere(join(context, '.dockerignore'))) ?? ''
  const always = dockerfileInline === undefined ? [`!${dockerfile}`, '!.dockerignore'] : ['!.dockerignore']
  const hasRules = text.trim() !== ''
  return {
    ignore: dockerignore
      .default({ ignorecase: false })
      .add(hasRules ? [...text.replace(/^\uFEFF/, '').split(/\r?\n/), ...always] : []),
    hasExceptions: /^\s*!/m.test(text),
  }
}

/** A Dockerfile written in the compose file, or one that lies outside of the folder, travels under a name of ours. */
const readForeignDockerfile = async ({ context, dockerfile, dockerfileInline }: Build): Promise<string | undefined> => {
  if (dockerfileInline !== undefined) return dockerfileInline
  const path = resolve(context, dockerfile)
  const isInside = path.startsWith(resolve(context) + sep)
  const text = await readIfThere(path)
  if (text === undefined)
    throw new EngineError(
      'invalid',
      `build ${context}: there is no ${path}; set build.dockerfile to where the Dockerfile is`,
    )
  return isInside ? undefined : text
}

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}

interface Writing {
  readonly rules: Rules
  readonly foreign: string | undefined
  readonly signal: AbortSignal
}

const writeTar = async (tar: Pack, root: string, { rules, foreign, signal }: Writing): Promise<void> => {
  let count = 0
  for await (const name of listFiles(root, '', rules)) {
    signal.throwIfAborted()
    if (++count > maxEntries)
      throw new EngineError(
        'invalid',
        `build ${root}: more than ${maxEntries} files; name what is not needed in .dockerignore`,
      )
    await writeEntry(tar, join(root, name), name)
  }
  if (foreign !== undefined) tar.entry({ name: foreignDockerfile, mode: 0o644, mtime: new Date(0) }, foreign)
  tar.finalize()
}

/** Paths relative to the root, folders before what is in them, sorted: the same folder gives the same tar. */
async function* listFiles(root: string, folder: string, rules: Rules): AsyncIterable<string> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    const isIgnored = rules.ignore.ignores(path)
    if (!isIgnored) yield path
    if (entry.isDirectory() && (!isIgnored || rules.hasExceptions)) yield* listFiles(root, path, rules)
  }
}

/** What an entry needs to have said; the rest follows from it. */
type Entry = Partial<Header> & Pick<Header, 'name'>

/** `bytes` of a file, as the tar has them. */
export interface WrittenEntry {
  readonly kind: 'file' | 'folder' | 'link'
  readonly bytes: number
}

/** One file, folder or link of this machine under a name in the tar; undefined for what cannot be sent. */
export const writeEntry = async (tar: Pack, path: string, name: string): Promise<WrittenEntry | undefined> => {
  const stats = await lstat(path)
  const header: Entry = { name, mode: stats.mode & 0o7777, mtime: stats.mtime, uid: 0, gid: 0 }
  if (stats.isDirectory()) {
    await put(tar, { ...header, name: `${name}/`, type: 'directory' })
    return { kind: 'folder', bytes: 0 }
  }
  if (stats.isSymbolicLink()) {
    await put(tar, { ...header, type: 'symlink', linkname: await readlink(path) })
    return { kind: 'link', bytes: 0 }
  }
  // Sockets and devices cannot be sent; the docker client leaves them out too.
  if (!stats.isFile()) return undefined
  await putFile(tar, path, { header, stats })
  return { kind: 'file', bytes: stats.size }
}

const put = (tar: Pack, header: Entry): Promise<void> =>
  new Promise((done, fail) => {
    tar.entry(header, '', (error) => (error ? fail(error) : done()))
  })

const putFile = async (tar: Pack, path: string, { header, stats }: { header: Entry; stats: Stats }): Promise<void> => {
  if (stats.size === 0) return put(tar, header)
  const entry = tar.entry({ ...header, size: stats.size })
  // A file that grows meanwhile is cut where it ended when it was looked at.
  await pipeline(createReadStream(path, { end: stats.size - 1 }), entry)
}
