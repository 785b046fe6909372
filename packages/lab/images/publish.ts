import { openAsBlob } from 'node:fs'
import { LabError } from '../errors.ts'
import { MANIFEST_TYPE } from './image.ts'
import type { Image } from './image.ts'

const UPLOAD_TIMEOUT_MS = 120_000

/**
 * Pushes an image, leaving out what the registry has (Docker Registry HTTP API V2), and gives its digest reference.
 * The tag `latest` points to it too, for people who type. Throws LabError `registry-refused`.
 */
export const publishImage = async (
  registry: string,
  image: Image,
  digestOf: (text: string) => string,
): Promise<string> => {
  const repository = `http://${registry}/v2/${image.repository}`
  for (const layer of image.layers) {
    await putBlob(repository, layer.digest, () => openAsBlob(layer.file))
  }
  await putBlob(repository, digestOf(image.config), () => Promise.resolve(new Blob([image.config])))
  const headers = { 'content-type': MANIFEST_TYPE }
  await ask(`${repository}/manifests/latest`, { method: 'PUT', headers, body: image.manifest })
  return `${registry}/${image.repository}@${digestOf(image.manifest)}`
}

const putBlob = async (repository: string, digest: string, open: () => Promise<Blob>): Promise<void> => {
  const there = await fetch(`${repository}/blobs/${digest}`, { method: 'HEAD', signal: AbortSignal.timeout(30_000) })
  if (there.ok) return
  const begun = await ask(`${repository}/blobs/uploads/`, { method: 'POST' })
  const target = new URL(begun.headers.get('location') ?? '', repository)
  target.searchParams.set('digest', digest)
  const headers = { 'content-type': 'application/octet-stream' }
  await ask(target.href, { method: 'PUT', headers, body: await open() })
}

const ask = async (url: string, init: RequestInit): Promise<Response> => {
  const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS) })
  if (reply.ok) return reply
  throw new LabError('registry-refused', `${init.method ?? 'GET'} ${url}: ${reply.status} ${await reply.text()}`)
}
