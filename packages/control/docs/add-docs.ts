import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findLibraryFile } from './library-files.ts'
import type { LibraryFile } from './library-files.ts'
import { page, script, style } from './page.ts'

interface File {
  readonly type: string
  readonly content: { readonly text: string } | { readonly library: LibraryFile }
}

const javascript = 'text/javascript; charset=utf-8'
const css = 'text/css; charset=utf-8'

/** Every file of the page, by its address. */
const files: Readonly<Record<string, File>> = {
  '/docs': { type: 'text/html; charset=utf-8', content: { text: page } },
  '/docs/page.js': { type: javascript, content: { text: script } },
  '/docs/page.css': { type: css, content: { text: style } },
  '/docs/swagger-ui-bundle.js': { type: javascript, content: { library: 'swagger-ui-dist/swagger-ui-bundle.js' } },
  '/docs/swagger-ui.css': { type: css, content: { library: 'swagger-ui-dist/swagger-ui.css' } },
}

/** Scripts, styles and data of this origin alone; pictures of the style sheet are in it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The API's description for people to read, for whom it needs no sign-in either. */
export const addDocs = (server: FastifyInstance): void => {
  for (const [url, file] of Object.entries(files)) {
    const pack = once(() => packFile(file))
    server.get(url, { exposeHeadRoute: false }, async (request, reply) => send(await pack(), { file, request, reply }))
  }
}

interface Packed {
  readonly zipped: Buffer
  readonly etag: string
}

const [zip, unzip] = [promisify(gzip), promisify(gunzip)]

/** What is kept of it in memory is a quarter of it. */
const packFile = async ({ content }: File): Promise<Packed> => {
  const bytes = 'text' in content ? Buffer.from(content.text) : await readFile(findLibraryFile(content.library))
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
  return { zipped: await zip(bytes), etag }
}

/** A failure is tried again by who comes next. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}

interface Asked {
  readonly file: File
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

const send = async ({ zipped, etag }: Packed, { file, request, reply }: Asked): Promise<FastifyReply> => {
  void reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache', etag, vary: 'accept-encoding' })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  void reply.type(file.type)
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(await unzip(zipped))
  return reply.header('content-encoding', 'gzip').send(zipped)
}
