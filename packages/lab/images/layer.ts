import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { findJson } from '../find-json.ts'
import { removeTree } from '../remove-tree.ts'
import { layerSchema } from './image.ts'
import type { Layer } from './image.ts'

export interface LayerRequest {
  /** Says what the layer is made from: the same key is the same content. */
  readonly key: string
  readonly cache: string
  readonly signal: AbortSignal
  /** Writes the layer's tar to the path given; its folder may be worked in. */
  readonly build: (tarFile: string) => Promise<void>
}

/**
 * A layer from the cache, built first when it is not there. It appears in the cache whole or not at all. The caller
 * holds the cache's lock.
 */
export const getLayer = async (request: LayerRequest): Promise<Layer> => {
  const folder = `${request.cache}/${createHash('sha256').update(request.key).digest('hex').slice(0, 20)}`
  const cached = await findLayer(folder)
  if (cached !== undefined) return cached
  const work = `${request.cache}/unfinished`
  // Of a build that was killed.
  await removeTree(work)
  await mkdir(work, { recursive: true })
  try {
    await request.build(`${work}/layer.tar`)
    const layer = await compress(`${work}/layer.tar`, work, request.signal)
    await rm(`${work}/layer.tar`)
    await writeFile(`${work}/layer.json`, JSON.stringify({ ...layer, key: request.key }, undefined, 2))
    await rm(folder, { recursive: true, force: true })
    await rename(work, folder)
    return { ...layer, file: `${folder}/${layer.file}` }
  } finally {
    await removeTree(work)
  }
}

const findLayer = async (folder: string): Promise<Layer | undefined> => {
  const layer = layerSchema.safeParse(await findJson(`${folder}/layer.json`)).data
  if (layer === undefined) return undefined
  const file = `${folder}/${layer.file}`
  const size = await stat(file).then(
    ({ size }) => size,
    () => -1,
  )
  return size === layer.bytes ? { ...layer, file } : undefined
}

const compress = async (tarFile: string, folder: string, signal: AbortSignal): Promise<Layer> => {
  const plain = createHash('sha256')
  const zipped = createHash('sha256')
  const file = 'layer.tar.gz'
  await pipeline(
    createReadStream(tarFile),
    hashing(plain),
    createGzip({ level: 1 }),
    hashing(zipped),
    createWriteStream(`${folder}/${file}`),
    { signal },
  )
  const { size } = await stat(`${folder}/${file}`)
  return { file, bytes: size, digest: `sha256:${zipped.digest('hex')}`, diffId: `sha256:${plain.digest('hex')}` }
}

const hashing = (hash: Hash): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(undefined, chunk)
    },
  })
