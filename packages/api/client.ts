import { createParser } from 'eventsource-parser'
import { ApiError } from './errors.ts'
import { ageHeader } from './route.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import type { Input, Reply, RouteName, RouteOf } from './routes.ts'
import { failure } from './schemas/failure.ts'

export interface ClientRequest {
  readonly method: Route['method']
  /** With the query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** In place of `body`, as it comes; each call gives it from its beginning. */
  readonly upload?: () => AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
}

export interface ClientResponse {
  readonly status: number
  readonly headers: (name: string) => string | undefined
  text(): Promise<string>
  /** The body as it comes, decoded from UTF-8. */
  chunks(): AsyncIterable<string>
}

export interface ClientOptions {
  /** Throws what it likes when nobody answers; that passes through. */
  readonly send: (request: ClientRequest) => Promise<ClientResponse>
  /** Of a session or a token. */
  readonly token?: string
  /** Called for each reply that is from what the control knew, with its age, while the engine did not answer. */
  readonly onAge?: (ageMs: number) => void
}

/** An event with the id that `last-event-id` goes on after. */
export interface Followed<Event> {
  readonly id: string | undefined
  readonly event: Event
}

/** The typed client. Every method throws ApiError for an answer that is none of success. */
export interface Client {
  call<Name extends RouteOf<'json'>>(name: Name, input: Input<Name>, signal: AbortSignal): Promise<Reply<Name>>
  /** Ends with the stream; connecting again with `last-event-id` is the caller's. */
  follow<Name extends RouteOf<'events'>>(
    name: Name,
    input: Input<Name>,
    signal: AbortSignal,
  ): AsyncGenerator<Followed<Reply<Name>>, void>
  lines<Name extends RouteOf<'lines'>>(
    name: Name,
    input: Input<Name>,
    signal: AbortSignal,
  ): AsyncGenerator<Reply<Name>, void>
}

export const openClient = (options: ClientOptions): Client => ({
  call: async (name, input, signal) => {
    const response = await send(options, { name, input, signal })
    tellAge(options, response)
    const text = await response.text()
    return parse(name, text === '' ? undefined : parseJson(text, response), response)
  },
  follow: (name, input, signal) => follow(options, { name, input, signal }),
  lines: (name, input, signal) => readLines(options, { name, input, signal }),
})

interface Call<Name extends RouteName> {
  readonly name: Name
  readonly input: Input<Name>
  readonly signal: AbortSignal
}

const send = async <Name extends RouteName>(
  { send, token }: ClientOptions,
  { name, input, signal }: Call<Name>,
): Promise<ClientResponse> => {
  const route: Route = routes[name]
  const { params, query, body, upload, headers } = input as Loose
  const response = await send({
    method: route.method,
    path: renderPath(route.path, params) + renderQuery(query),
    headers: {
      accept: accepted[route.kind],
      'x-atoll-request': '1',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(route.upload === undefined ? {} : { 'content-type': route.upload }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(upload === undefined ? {} : { upload }),
    signal,
  })
  if (response.status === route.status) return response
  throw toError(await response.text(), response)
}

const tellAge = ({ onAge }: ClientOptions, { headers }: ClientResponse): void => {
  const text = headers(ageHeader) ?? ''
  if (/^\d{1,15}$/.test(text)) onAge?.(Number(text))
}

interface Loose {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly upload?: () => AsyncIterable<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
}

const accepted = {
  json: 'application/json',
  events: 'text/event-stream',
  lines: 'application/x-ndjson',
  frames: 'application/problem+json',
  page: 'text/plain',
} as const

/** Where a route of frames is; connecting to it is the caller's. */
export const pathTo = <Name extends RouteOf<'frames'>>(
  name: Name,
  params: NonNullable<Input<Name>['params']>,
): string => renderPath(routes[name].path, params)

const renderPath = (path: string, params: Loose['params'] = {}): string =>
  path.replaceAll(/:([a-z]+)/gi, (_match, key: string) => encodeURIComponent(String(params[key])))

const renderQuery = (query: Loose['query'] = {}): string => {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(value)}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

async function* follow<Name extends RouteName>(
  options: ClientOptions,
  call: Call<Name>,
): AsyncGenerator<Followed<Reply<Name>>, void> {
  const response = await send(options, call)
  const waiting: Followed<Reply<Name>>[] = []
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (event === 'failure') throw toError(data, response)
      waiting.push({ id, event: parse(call.name, parseJson(data, response), response) })
    },
  })
  for await (const chunk of response.chunks()) {
    parser.feed(chunk)
    yield* waiting.splice(0)
  }
}

async function* readLines<Name extends RouteName>(
  options: ClientOptions,
  call: Call<Name>,
): AsyncGenerator<Reply<Name>, void> {
  const response = await send(options, call)
  let rest = ''
  for await (const chunk of response.chunks()) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line !== '') yield parse(call.name, parseJson(line, response), response)
    }
  }
  if (rest !== '') yield parse(call.name, parseJson(rest, response), response)
}

/** The schema is the route's, so what it gives is the route's reply. */
const parse = <Name extends RouteName>(name: Name, value: unknown, response: ClientResponse): Reply<Name> => {
  const parsed = routes[name].reply.safeParse(value)
  if (parsed.success) return parsed.data as Reply<Name>
  throw notTheApi(response, parsed.error)
}

const parseJson = (text: string, response: ClientResponse): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notTheApi(response, cause)
  }
}

const toError = (text: string, response: ClientResponse): ApiError => {
  const parsed = failure.safeParse(parseJson(text, response))
  return parsed.success ? new ApiError(parsed.data) : notTheApi(response, parsed.error)
}

const notTheApi = (response: ClientResponse, cause: unknown): ApiError =>
  new ApiError(
    {
      status: response.status,
      code: 'not-the-api',
      detail: `the answer (status ${response.status}) is not one of this API`,
      hint: 'is this the address of a control, and of the same version?',
    },
    cause,
  )
