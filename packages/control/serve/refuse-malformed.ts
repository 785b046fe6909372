import type { FastifyReply, FastifyRequest } from 'fastify'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { ControlError } from '../errors.ts'
import { toFailure } from '../to-failure.ts'
import { safetyHeaders } from './safety-headers.ts'

const refusal = (status: number, message: string) => toFailure(new ControlError('malformed', message, { status }))

/** An address that cannot be read, which no route and no hook ever sees. */
export const refuseAddress = (_error: unknown, _request: FastifyRequest, reply: FastifyReply): void => {
  const failure = refusal(400, 'the address cannot be read')
  void reply.code(failure.status).headers(safetyHeaders).type('application/problem+json').send(JSON.stringify(failure))
}

/** What is not HTTP, or has more headers than are read, is refused by the connection, and that ends with it. */
export const refuseConnection = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const failure = describeTrouble(error.code)
  const body = JSON.stringify(failure)
  const headers = { ...safetyHeaders, 'content-type': 'application/problem+json', 'content-length': body.length }
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}\r\n${lines.join('')}\r\n${body}`)
}

const describeTrouble = (code: string | undefined) => {
  if (code === 'HPE_HEADER_OVERFLOW') return refusal(431, 'there are more headers than are read')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal(408, 'the request did not come to its end in time')
  return refusal(400, 'this is no HTTP request')
}
