import { createHash } from 'node:crypto'
import { AwsClient } from 'aws4fetch'
import { BackupError } from '../errors.ts'
import { findBackupId } from './place.ts'
import type { Place } from './place.ts'

export interface S3Settings {
  readonly bucket: string
  /** Without slashes at its ends; empty: none. */
  readonly prefix: string
  /** `https://s3.eu-central-1.amazonaws.com`, or of any server that speaks S3. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of keys that are good for a while. */
  readonly sessionToken?: string
}

const requestMs = 120_000
/** Of a listing; one has a thousand names. */
const mostPages = 100

/** `s3://BUCKET/PREFIX`. BackupError `place` when it is none. */
export const parseS3 = (text: string): Pick<S3Settings, 'bucket' | 'prefix'> => {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./-]*))?$/.exec(text) ?? []
  if (bucket !== '') return { bucket, prefix: prefix.replaceAll(/^\/+|\/+$/g, '') }
  throw new BackupError('place', `"${text.slice(0, 200)}" is no place of S3`, {
    hint: 'write it as s3://BUCKET/PREFIX',
  })
}

/** A bucket of S3 or of what speaks it, addressed by path. A file is there whole or not at all: it is sent in one request. */
export const openS3 = (settings: S3Settings): Place => {
  const { bucket, prefix, endpoint, ...keys } = settings
  const client = new AwsClient({ ...keys, service: 's3', retries: 2 })
  const base = `${endpoint.replace(/\/$/, '')}/${bucket}`
  const name = `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`
  const keyOf = (file: string): string => (prefix === '' ? file : `${prefix}/${file}`)
  const ask: Ask = async (doing, { path, ...request }, signal) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(requestMs)])
    const headers = { ...request.headers, 'x-amz-content-sha256': hashOf(request.body) }
    const sent = client.fetch(base + path, { ...request, headers, signal: limit })
    const response = await sent.catch((cause: unknown) => {
      signal.throwIfAborted()
      throw placeError(`${doing} at ${name}: ${describe(cause)}`, { cause })
    })
    if (response.ok || response.status === 404) return response
    throw refused(`${doing} at ${name}`, response.status, await response.text())
  }
  return {
    name,
    write: async (file, chunks, signal) => {
      const path = `/${keyOf(file)}`
      // An answer to HEAD does not say why it is refused.
      const present = await ask(`look for ${file}`, { method: 'GET', path, headers: { range: 'bytes=0-0' } }, signal)
      await present.body?.cancel()
      if (present.status !== 404) throw placeError(`write ${file} to ${name}: there is one of this name`)
      const body = Buffer.concat(await Array.fromAsync(chunks))
      const { status } = await ask(`write ${file}`, { method: 'PUT', path, body }, signal)
      if (status === 404) throw noBucket(name)
    },
    read: (file, signal) => read(ask, { file, path: `/${keyOf(file)}`, name }, signal),
    list: (signal) => list(ask, { prefix: prefix === '' ? '' : `${prefix}/`, name }, signal),
    remove: async (file, signal) => {
      await ask(`remove ${file}`, { method: 'DELETE', path: `/${keyOf(file)}` }, signal)
    },
  }
}

interface Request {
  readonly method: string
  readonly path: string
  readonly body?: Buffer<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

type Ask = (doing: string, request: Request, signal: AbortSignal) => Promise<Response>

/** It is signed with the rest, so that nobody on the way sends other bytes in our name. */
const hashOf = (body: Uint8Array = new Uint8Array()): string => createHash('sha256').update(body).digest('hex')

async function* read(
  ask: Ask,
  { file, path, name }: { readonly file: string; readonly path: string; readonly name: string },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const response = await ask(`read ${file}`, { method: 'GET', path }, signal)
  if (response.status === 404 || response.body === null) throw placeError(`read ${file} at ${name}: it is not there`)
  yield* response.body as AsyncIterable<Uint8Array>
}

/** Names of ours have no character that XML or URLs would write otherwise. */
const list = async (
  ask: Ask,
  { prefix, name }: { readonly prefix: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const found: string[] = []
  let token = ''
  for (let page = 0; page < mostPages; page += 1) {
    const query = new URLSearchParams({
      'list-type': '2',
      prefix,
      ...(token === '' ? {} : { 'continuation-token': token }),
    })
    const response = await ask('list files', { method: 'GET', path: `?${query.toString()}` }, signal)
    if (response.status === 404) throw noBucket(name)
    const text = await response.text()
    const keys = [...text.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key.slice(prefix.length))
    found.push(...keys.filter((key) => findBackupId(key) !== undefined))
    token = /<NextContinuationToken>([^<]*)</.exec(text)?.[1] ?? ''
    if (token === '') break
  }
  return found.toSorted()
}

const placeError = (message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}): BackupError =>
  new BackupError('place', message, { retry: true, ...options })

const noBucket = (name: string): BackupError =>
  placeError(`keep backups at ${name}: there is no such bucket`, { hint: 'make the bucket, or name another' })

/** Of the answer only its code is told; the rest may quote what was sent. */
const refused = (doing: string, status: number, text: string): BackupError => {
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `status ${status}`
  const hint = hints[code] ?? (status === 403 ? 'its keys are wrong, or may not do this' : 'look at that server')
  return placeError(`${doing}: it answers ${code}`, { hint })
}

const hints: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'it knows no access key of that id',
  SignatureDoesNotMatch: 'the secret is not that of the access key, or the region is another',
  AuthorizationHeaderMalformed: 'its region is another',
  AccessDenied: 'that access key may not do this there',
  RequestTimeTooSkewed: 'set the clock of this machine',
  ExpiredToken: 'the keys were good for a while only: get new ones',
}

const describe = (error: unknown): string => {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? cause.message : String(error)
}
