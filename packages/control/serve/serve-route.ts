import type { Route, RouteName } from '@atoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticate, requireRole } from '../auth/authenticate.ts'
import type { Caller } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { ControlError } from '../errors.ts'
import type { Handler } from '../handlers/handler.ts'
import { handlers } from '../handlers/handlers.ts'
import { limits } from '../limits.ts'
import { cookieFor } from './cookie.ts'
import { parseRequest } from './parse-request.ts'
import { writeEvents, writeLines } from './write-stream.ts'

export interface Served {
  readonly name: RouteName
  readonly route: Route
  readonly control: Control
  /** Ends what runs when the server stops. */
  readonly closing: AbortSignal
}

/** Who asks, before anything of the body is read. ControlError `unauthenticated` or `forbidden`. */
export const admit = async ({ route, control }: Served, request: FastifyRequest): Promise<Caller | undefined> => {
  if (route.role === 'nobody') return undefined
  const credentials = {
    authorization: request.headers.authorization,
    cookie: request.headers.cookie,
    hasRequestHeader: request.headers['x-atoll-request'] !== undefined,
    isWrite: route.method !== 'GET',
  }
  const caller = await authenticate(control, credentials, AbortSignal.timeout(limits.requestMs))
  if (route.scope === 'cluster') requireRole(caller, { role: route.role })
  if (route.scope === 'app') requireRole(caller, { role: route.role, app: appOf(request) })
  return caller
}

const appOf = ({ params }: FastifyRequest): string => {
  const { app } = params as { readonly app?: string }
  if (app !== undefined) return app
  throw new ControlError('bug', 'a route of an app has no app in its path', { status: 500 })
}

/** Parse, handle, answer. */
export const answer = async (
  served: Served,
  {
    request,
    reply,
    caller,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly caller: Caller | undefined },
): Promise<FastifyReply> => {
  const { name, route, control } = served
  const parsed = parseRequest(route, request)
  const signal = signalOf(served, reply)
  const given = { ...parsed, caller, address: request.ip, signal, header: (key: string) => headerOf(request, key) }
  // The table of handlers has the one for this name; here it is called for all of them alike.
  const result: unknown = await (handlers[name] as Handler<RouteName>)(control, given as never)
  if (route.kind !== 'json') return stream(served, { result, reply, signal })
  const body: unknown = route.reply.parse(result)
  const cookie = cookieFor(name, body, control.clock.now())
  if (cookie !== undefined) void reply.header('set-cookie', cookie)
  const etag = etagOf(body)
  if (etag !== undefined) void reply.header('etag', etag)
  void reply.code(route.status)
  return route.status === 204 ? reply.send() : reply.type('application/json').send(JSON.stringify(body))
}

const headerOf = (request: FastifyRequest, key: string): string | undefined => {
  const value = request.headers[key]
  return Array.isArray(value) ? value.join(', ') : value
}

/** A change is carried through and written down even when who asked for it hangs up. */
const signalOf = ({ route, closing }: Served, reply: FastifyReply): AbortSignal => {
  const timeout = AbortSignal.timeout(limits.requestMs)
  if (route.method !== 'GET') return timeout
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('who asked is gone')))
  return AbortSignal.any([gone.signal, closing, ...(route.kind === 'json' ? [timeout] : [])])
}

const etagOf = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'revision' in body ? `"${String(body.revision)}"` : undefined

interface Streamed {
  readonly result: unknown
  readonly reply: FastifyReply
  readonly signal: AbortSignal
}

const stream = async ({ route, name, control }: Served, { result, reply, signal }: Streamed): Promise<FastifyReply> => {
  reply.hijack()
  const write = route.kind === 'events' ? writeEvents : writeLines
  const render = route.kind === 'events' ? renderEvent : renderLine
  const items = result as AsyncIterable<unknown>
  await write(items, { response: reply.raw, signal, render: (item) => render(route, item) }).catch((error: unknown) => {
    if (!signal.aborted) control.log({ event: 'stream failed', route: name, error: String(error) })
  })
  return reply
}

const renderEvent = ({ reply }: Route, item: unknown): string => {
  const { id, event } = item as { readonly id?: string; readonly event: unknown }
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(reply.parse(event))}\n\n`
}

const renderLine = ({ reply }: Route, item: unknown): string => `${JSON.stringify(reply.parse(item))}\n`
