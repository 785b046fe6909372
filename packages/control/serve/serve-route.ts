import { ageHeader, controlsHeader } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { noteFailure, noteIntent } from '../audit/intent.ts'
import { authenticate, requireRole } from '../auth/authenticate.ts'
import type { Caller } from '../auth/authenticate.ts'
import { needOf } from '../auth/grants.ts'
import { holdRights } from '../auth/hold-rights.ts'
import type { Control } from '../control.ts'
import type { Handler, Page, Talk } from '../handlers/handler.ts'
import { bareAddress } from '../gate/proxy-line.ts'
import { handlers } from '../handlers/handlers.ts'
import { limits } from '../limits.ts'
import type { Look } from '../view/look.ts'
import { listControls } from './list-controls.ts'
import { answerOnce } from './answer-once.ts'
import { awaitFirst } from './await-first.ts'
import { cookieFor } from './cookie.ts'
import { rememberCaller } from './note-refusal.ts'
import { parseRequest } from './parse-request.ts'
import { showPage } from './show-page.ts'
import { discardRest, openUpload } from './upload.ts'
import { getUpgrade, talkOver } from './upgrade.ts'
import type { Upgraded } from './upgrade.ts'
import { writeEvents, writeLines } from './write-stream.ts'

export interface Served {
  readonly name: RouteName
  readonly route: Route
  readonly control: Control
  /** Ends what runs when the server stops. */
  readonly closing: AbortSignal
}

export interface Admitted {
  /** Nobody where no sign-in is needed. */
  readonly caller: Caller | undefined
  /** The world as this request sees it, where it may be answered from what is known. */
  readonly look: Look | undefined
}

/**
 * Who asks, before anything of the body is read. ControlError `unauthenticated` or `forbidden`; `no-quorum` when there is no
 * leader for too long.
 */
export const admit = async (served: Served, request: FastifyRequest): Promise<Admitted> => {
  const { route, control } = served
  const look = route.fromCopy === true ? control.view.look() : undefined
  if (route.role !== 'nobody') return { caller: await identify(served, { request, look }), look }
  if (route.method !== 'GET') await control.view.awaitLeader()
  return { caller: undefined, look }
}

/**
 * The documents are asked first, as what was revoked on one control must be of no use on any; only while no leader answers,
 * and so nothing can be revoked either, the copy tells who looks. Whoever wants more than to look waits for the leader.
 */
const identify = async (
  { route, control }: Served,
  { request, look }: { readonly request: FastifyRequest; readonly look: Look | undefined },
): Promise<Caller> => {
  const documents = look?.documents ?? control.view.patientDocuments
  return recognize({ route, control: { ...control, documents } }, request, AbortSignal.timeout(limits.requestMs))
}

const recognize = async (
  { route, control }: Pick<Served, 'route' | 'control'>,
  request: FastifyRequest,
  signal: AbortSignal,
): Promise<Caller> => {
  const { headers, params } = request
  const credentials = {
    authorization: headers.authorization,
    cookie: headers.cookie,
    hasRequestHeader: headers['x-atoll-request'] !== undefined,
    isWrite: route.method !== 'GET' || route.kind === 'frames',
  }
  const caller = await authenticate(control, credentials, signal)
  rememberCaller(request, caller)
  const need = needOf(route, params as { readonly app?: string; readonly team?: string })
  if (need !== undefined) requireRole(caller, need)
  return caller
}

/** Undefined of what is answered at once. */
const hold = ({ route, control }: Served, request: FastifyRequest, caller: Caller | undefined) =>
  route.kind === 'json' || caller === undefined
    ? undefined
    : holdRights({
        control,
        who: caller.description,
        check: (documents, signal) => recognize({ route, control: { ...control, documents } }, request, signal),
      })

/** Parse, handle, answer. */
export const answer = async (
  served: Served,
  {
    request,
    reply,
    admitted: { caller, look },
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly admitted: Admitted },
): Promise<FastifyReply> => {
  const { name, route, control } = served
  const parsed = parseRequest(route, request)
  const upgraded = route.kind === 'frames' ? getUpgrade(request) : undefined
  using rights = hold(served, request, caller)
  const ends = rights === undefined ? [] : [rights.signal]
  const signal = AbortSignal.any([signalOf(served, reply), ...ends])
  const upload = route.upload === undefined ? undefined : openUpload(request)
  const address = bareAddress(request.ip)
  const header = (key: string): string | undefined => headerOf(request, key)
  const given = { ...parsed, upload, caller, address, signal, header }
  // The table of handlers has the one for this name; here it is called for all of them alike.
  const asked = { name, route, caller, params: parsed.params, body: parsed.body, address }
  const work = async (): Promise<unknown> => {
    const world = { ...control, ...portsOf(look), ...(await noteIntent(control, asked, signal)) }
    return noteFailure(world, asked, () => (handlers[name] as Handler<RouteName>)(world, given as never))
  }
  const result = await answerOnce(control, { ...asked, key: header('idempotency-key') }, work, signal)
  if (upgraded !== undefined) {
    const ending = AbortSignal.any([served.closing, ...ends])
    return await converse(ending, { upgraded, reply, talk: result as Talk })
  }
  if (route.kind === 'page') return await showPage(reply, result as Page)
  if (route.kind !== 'json') return await stream(served, { result, request, reply, signal })
  const body: unknown = route.reply.parse(result)
  const cookie = cookieFor(name, body, control.clock.now())
  if (cookie !== undefined) void reply.header('set-cookie', cookie)
  const etag = etagOf(body)
  if (etag !== undefined) void reply.header('etag', etag)
  const controls = caller === undefined ? '' : listControls(control.view.sources.sightings)
  if (controls !== '') void reply.header(controlsHeader, controls)
  const ageMs = look?.ageMs()
  if (ageMs !== undefined) void reply.header(ageHeader, String(Math.round(ageMs)))
  void reply.code(route.status)
  return await (route.status === 204 ? reply.send() : reply.type('application/json').send(JSON.stringify(body)))
}

const converse = async (
  ending: AbortSignal,
  { upgraded, reply, talk }: { readonly upgraded: Upgraded; readonly reply: FastifyReply; readonly talk: Talk },
): Promise<FastifyReply> => {
  reply.hijack()
  await talkOver(upgraded, talk, ending)
  return reply
}

const portsOf = (look: Look | undefined): Partial<Look> =>
  look === undefined ? {} : { engine: look.engine, documents: look.documents }

const headerOf = (request: FastifyRequest, key: string): string | undefined => {
  const value = request.headers[key]
  return Array.isArray(value) ? value.join(', ') : value
}

/** A change is carried through and written down even when who asked for it hangs up; an upload ends with who sends it. */
const signalOf = ({ route, closing }: Served, reply: FastifyReply): AbortSignal => {
  const timeout = AbortSignal.timeout(limits.requestMs)
  if (route.method !== 'GET' && route.upload === undefined) return timeout
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('who asked is gone')))
  return AbortSignal.any([gone.signal, closing, ...(isShort(route) ? [timeout] : [])])
}

const isShort = ({ kind }: Route): boolean => kind === 'json' || kind === 'page'

const etagOf = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'revision' in body ? `"${String(body.revision)}"` : undefined

interface Streamed {
  readonly result: unknown
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly signal: AbortSignal
}

const stream = async (
  { route, name, control }: Served,
  { result, request, reply, signal }: Streamed,
): Promise<FastifyReply> => {
  // An upload is taken while the lines of what it is for are written.
  const isAwaited = route.kind === 'lines' && route.upload === undefined
  const items = result as AsyncIterable<unknown>
  const begun = isAwaited ? await awaitFirst(items, limits.firstLineMs) : items
  reply.hijack()
  const write = route.kind === 'events' ? writeEvents : writeLines
  const render = route.kind === 'events' ? renderEvent : renderLine
  await write(begun, { response: reply.raw, signal, render: (item) => render(route, item) }).catch((error: unknown) => {
    if (!signal.aborted) control.log({ event: 'stream failed', route: name, error: String(error) })
  })
  if (route.upload !== undefined) discardRest(request.raw)
  return reply
}

const renderEvent = ({ reply }: Route, item: unknown): string => {
  const { id, event } = item as { readonly id?: string; readonly event: unknown }
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(reply.parse(event))}\n\n`
}

const renderLine = ({ reply }: Route, item: unknown): string => `${JSON.stringify(reply.parse(item))}\n`
