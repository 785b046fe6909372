import type { Route } from '@atoll/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { ControlError } from '../errors.ts'
import { limits } from '../limits.ts'

/** What is sent to a route with an upload is handed on as it comes; anything else than its type is refused. */
export const takeUploads = (server: FastifyInstance, type: NonNullable<Route['upload']>): void => {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
}

/** The bytes of an upload. Who stops reading leaves the connection open: the answer goes over it. */
export const openUpload = ({ body }: FastifyRequest): AsyncIterable<Uint8Array> => {
  if (body instanceof Readable) return body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>
  throw new ControlError('invalid', 'there is no upload', {
    status: 400,
    hint: 'send a body of type application/x-tar',
  })
}

/** Throws away what is still sent, for a while: a connection that is cut could take the answer with it. */
export const discardRest = (request: IncomingMessage): void => {
  if (request.complete || request.destroyed) return
  const timer = setTimeout(() => request.destroy(), limits.discardMs).unref()
  request.on('close', () => clearTimeout(timer)).resume()
}

/** A body that does not come whole in time ends its connection. What is given back lifts the limit: uploads take longer. */
export const limitTime = (request: IncomingMessage): (() => void) => {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, limits.requestMs).unref()
  const lift = (): void => clearTimeout(timer)
  request.once('close', lift)
  return lift
}
