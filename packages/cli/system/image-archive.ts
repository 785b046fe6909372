import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { arch } from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import type { Pack } from 'tar-stream'
import { CommandError } from '../errors.ts'
import { parseBuildLabels, renderBuildLabels } from './build.ts'
import type { PlatformBuild } from './build.ts'
import { parseImageConfig, parseManifest } from './image-manifest.ts'

/** The image of the platform in a file, as `docker save` writes one. */
export interface ImageArchive {
  readonly path: string
  /** `atoll-system:` and the beginning of the hash of what is in it: the same programs have the same name everywhere. */
  readonly reference: string
  /** As images name it: `amd64`. */
  readonly architecture: string
  /** What an engine unpacks of it. */
  readonly sizeBytes: number
  readonly build: PlatformBuild
}

/** What programs the image holds, as its labels say. */
export type ImageMaking = Pick<PlatformBuild, 'documents'> & { readonly version: string }

/** Folders of the image's files, and where each is in it. */
export type ImageFolders = Readonly<Record<string, string>>

const repository = 'atoll-system'
const hashLength = 12
const entrypoint = ['/atoll/node']
/** Names of Node's that images call otherwise. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' }

/** Packs folders into an image. Nothing of the moment is in it: the same files give the same bytes, and so the same image. */
export const writeImageArchive = async (
  folders: ImageFolders,
  path: string,
  making: ImageMaking,
): Promise<ImageArchive> => {
  const layerPath = `${path}.layer`
  try {
    const layer = await writeLayer(folders, layerPath)
    const architecture = architectures[arch] ?? arch
    const config = JSON.stringify({
      architecture,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Entrypoint: entrypoint, Labels: renderBuildLabels(making) },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'atoll' }],
    })
    const hash = createHash('sha256').update(config).digest('hex')
    const reference = `${repository}:${hash.slice(0, hashLength)}`
    const manifest = JSON.stringify([{ Config: `${hash}.json`, RepoTags: [reference], Layers: ['layer.tar'] }])
    const tar = pack()
    const written = pipeline(bytesOf(tar), createGzip({ level: 1 }), createWriteStream(path))
    await Promise.all([written, fill(tar, { manifest, config, hash, layerPath, sizeBytes: layer.sizeBytes })])
    const { sizeBytes } = layer
    return { path, reference, architecture, sizeBytes, build: nameBuild(reference, making) }
  } finally {
    await rm(layerPath, { force: true })
  }
}

interface Content {
  readonly manifest: string
  readonly config: string
  readonly hash: string
  readonly layerPath: string
  readonly sizeBytes: number
}

/** What tells of the image comes first, so that it is read without reading the rest. */
const fill = async (tar: Pack, { manifest, config, hash, layerPath, sizeBytes }: Content): Promise<void> => {
  tar.entry({ name: 'manifest.json', ...plain }, manifest)
  tar.entry({ name: `${hash}.json`, ...plain }, config)
  await pipeline(createReadStream(layerPath), tar.entry({ name: 'layer.tar', size: sizeBytes, ...plain }))
  tar.finalize()
}

const bytesOf = (tar: Pack): Readable => Readable.from(tar, { objectMode: false })

const plain = { mtime: new Date(0), mode: 0o644 } as const

const writeLayer = async (folders: ImageFolders, path: string) => {
  const tar = pack()
  const hash = createHash('sha256')
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  const written = pipeline(bytesOf(tar), hashed, createWriteStream(path))
  await Promise.all([written, addFolders(tar, folders)])
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes: (await stat(path)).size }
}

const addFolders = async (tar: Pack, folders: ImageFolders): Promise<void> => {
  for (const [place, folder] of Object.entries(folders)) {
    const found = await readdir(folder, { recursive: true, withFileTypes: true })
    const names = found.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).toSorted()
    for (const name of names) await addEntry(tar, { path: join(folder, name), name: join(place, name) })
  }
  tar.finalize()
}

const addEntry = async (tar: Pack, { path, name }: { readonly path: string; readonly name: string }): Promise<void> => {
  const found = await stat(path)
  const mtime = new Date(0)
  if (found.isDirectory()) {
    tar.entry({ name, type: 'directory', mode: 0o755, mtime })
    return
  }
  const isProgram = (found.mode & 0o100) !== 0
  const entry = tar.entry({ name, size: found.size, mode: isProgram ? 0o755 : 0o644, mtime })
  await pipeline(createReadStream(path), entry)
}

const nameBuild = (reference: string, { version, documents }: ImageMaking): PlatformBuild => ({
  name: `${version}+${reference.slice(repository.length + 1)}`,
  documents,
})

/** Reads what an archive holds. CommandError `not-an-image` when it is none of the platform. */
export const readImageArchive = async (path: string): Promise<ImageArchive> => {
  const { texts, sizeBytes } = await readHead(path).catch((cause: unknown) => {
    throw notAnImage(path, cause)
  })
  const manifest = parseManifest(texts.get('manifest.json'))
  const config = parseImageConfig(texts.get(manifest?.config ?? ''))
  if (manifest === undefined || config === undefined || !manifest.reference.startsWith(`${repository}:`))
    throw notAnImage(path)
  const { reference } = manifest
  const { architecture } = config
  return { path, reference, architecture, sizeBytes, build: nameBuild(reference, parseBuildLabels(config.labels)) }
}

/** Of an archive of ours the two texts come before anything that is large. */
const readHead = async (path: string) => {
  const texts = new Map<string, string>()
  let sizeBytes = 0
  const source = createReadStream(path)
  const entries = extract()
  const read = pipeline(source, createGunzip(), entries)
  const quiet = read.catch((error: unknown) => error)
  for await (const entry of entries) {
    sizeBytes = entry.header.size ?? 0
    if (!entry.header.name.endsWith('.json') || sizeBytes > maxTextBytes) break
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    texts.set(entry.header.name, Buffer.concat(chunks).toString())
  }
  source.destroy()
  await quiet
  return { texts, sizeBytes }
}

const maxTextBytes = 64 * 1024

const notAnImage = (path: string, cause?: unknown): CommandError =>
  new CommandError('not-an-image', `read ${path}: it is no image of the platform`, {
    hint: 'write one with "atoll image save FILE" on Linux, on the kind of processor the nodes have',
    cause,
  })
