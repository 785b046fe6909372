import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { contentType } from 'mime-types'
import { extname } from 'node:path'
import send from 'send'
import { cacheControlOf, findFile, type Found } from './find-file.ts'
import { createOrderParser, orderHeader, pathHeader, type StaticOrder } from './order.ts'
import { createIndexReader, siteFolder } from './site-index.ts'

/** Answers requests for the sites in a folder, each by the order of its route. `onError`: told of what nobody expected. */
export const answerFiles = (folder: string, onError: (error: unknown) => void): RequestListener => {
  const parse = createOrderParser()
  const readIndex = createIndexReader(folder)
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const order = parse(headerOf(request, orderHeader))
    if (order === undefined) return say(response, 404, 'no route of static files leads here')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return say(response, 405, 'files are read, with GET or HEAD')
    }
    const index = await readIndex(order.site)
    if (index === undefined) return sayAbsent(response)
    const [path = '', ...query] = (request.url ?? '').split('?')
    const asked = headerOf(request, pathHeader) || path
    const found = findFile(index, order, { path, asked, acceptEncoding: headerOf(request, 'accept-encoding') })
    const rest = query.length === 0 ? '' : `?${query.join('?')}`
    reply({ request, response }, { found, order, root: siteFolder(folder, order.site), location: below(asked) + rest })
  }
  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      onError(error)
      say(response, 500, 'this file cannot be read')
    })
  }
}

const headerOf = ({ headers }: IncomingMessage, name: string): string => headers[name]?.toString() ?? ''

/** The last segment again, with a slash: relative, as nobody here knows what was before it. */
const below = (asked: string): string => `./${asked.slice(asked.lastIndexOf('/') + 1)}/`

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

interface Answer {
  readonly found: Found
  readonly order: StaticOrder
  readonly root: string
  readonly location: string
}

const reply = ({ request, response }: Exchange, { found, order, root, location }: Answer): void => {
  switch (found.kind) {
    case 'malformed':
      return say(response, 400, 'this path is malformed')
    case 'none':
      return say(response, 404, 'no such file')
    case 'folder':
      response.setHeader('location', location)
      return say(response, 301, 'a folder ends with a slash')
    case 'file':
      return sendFile({ request, response }, found, { order, root })
  }
}

const sendFile = (
  { request, response }: Exchange,
  { status, path, file, encoding, isVarying }: Extract<Found, { readonly kind: 'file' }>,
  { order, root }: Pick<Answer, 'order' | 'root'>,
): void => {
  response.statusCode = status
  response.setHeader('content-type', contentType(extname(path)) || 'application/octet-stream')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', cacheControlOf(order, path))
  if (encoding !== undefined) response.setHeader('content-encoding', encoding)
  if (isVarying) response.setHeader('vary', 'Accept-Encoding')
  // Of its content: two builds may have the same size and time. Only the page itself is one and the same each time.
  const isWhole = status === 200
  if (isWhole) response.setHeader('etag', `"${file.hash.slice(0, 32)}"`)
  if (isWhole) response.setHeader('last-modified', new Date(file.modifiedSeconds * 1000).toUTCString())
  else for (const name of conditions) delete request.headers[name]
  send(request, `/${file.hash}`, { ...sending, root, acceptRanges: isWhole })
    .on('error', (error: SendError) => refuse(response, error))
    .pipe(response)
}

/** Of these the page that says that there is none knows nothing. */
const conditions = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']

const sending = { cacheControl: false, etag: false, lastModified: false, index: false } as const

interface SendError extends Error {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

/** `send` says 404 of a file that has gone meanwhile: then this node does not have the site any more. */
const refuse = (response: ServerResponse, { status, headers = {} }: SendError): void => {
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (status === 404) return sayAbsent(response)
  say(response, status, 'this part of the file cannot be had')
}

const sayAbsent = (response: ServerResponse): void => {
  response.setHeader('retry-after', '5')
  say(response, 503, 'this node does not have these files yet')
}

const say = (response: ServerResponse, status: number, text: string): void => {
  if (response.headersSent) return void response.destroy()
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.setHeader('cache-control', 'no-cache')
  response.end(response.req.method === 'HEAD' ? undefined : `${text}\n`)
}
