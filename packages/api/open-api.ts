import { z } from 'zod'
import { ageHeader } from './route.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { failure } from './schemas/failure.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the whole API. */
export const renderOpenApi = ({ version }: { readonly version: string }): Json => ({
  openapi: '3.1.0',
  info: { title: 'Atoll', version },
  paths: Object.fromEntries(
    Object.entries(Object.groupBy(Object.entries<Route>(routes), ([, { path }]) => renderPath(path))).map(
      ([path, entries = []]) => [
        path,
        Object.fromEntries(entries.map(([name, route]) => [route.method.toLowerCase(), renderRoute(name, route)])),
      ],
    ),
  ),
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      cookie: { type: 'apiKey', in: 'cookie', name: '__Host-atoll' },
    },
    schemas: { Failure: renderSchema(failure, 'output') },
  },
})

const renderPath = (path: string): string => path.replaceAll(/:([a-z]+)/gi, '{$1}')

const renderRoute = (name: string, route: Route): Json => ({
  operationId: name,
  summary: route.summary,
  'x-atoll-role': route.role,
  'x-atoll-scope': route.scope,
  security: route.role === 'nobody' ? [] : [{ bearer: [] }, { cookie: [] }],
  parameters: [
    ...renderParameters(route.params, 'path'),
    ...renderParameters(route.query, 'query'),
    ...Object.entries(route.headers ?? {}).map(([header, description]) => ({
      name: header,
      in: 'header',
      description,
      schema: { type: 'string' },
    })),
  ],
  ...(route.body === undefined
    ? {}
    : {
        requestBody: { required: true, content: { 'application/json': { schema: renderSchema(route.body, 'input') } } },
      }),
  ...(route.upload === undefined
    ? {}
    : {
        requestBody: { required: true, content: { [route.upload]: { schema: { type: 'string', format: 'binary' } } } },
      }),
  responses: {
    [route.status]: { description: 'done', ...renderHeaders(route), ...renderContent(route) },
    default: {
      description: 'refused or failed',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Failure' } } },
    },
  },
})

const ageDescription =
  'Milliseconds since this was last known to be true; only there when it is what the control knew while the engine did not answer'

const renderHeaders = ({ fromCopy }: Route): Json =>
  fromCopy ? { headers: { [ageHeader]: { description: ageDescription, schema: { type: 'integer' } } } } : {}

const mediaTypes = { json: 'application/json', events: 'text/event-stream', lines: 'application/x-ndjson' } as const

const renderContent = ({ status, kind, reply }: Route): Json =>
  status === 204 || kind === 'frames'
    ? {}
    : { content: { [mediaTypes[kind]]: { schema: renderSchema(reply, 'output') } } }

const renderParameters = (schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, part]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(part as z.ZodType, undefined).success,
    schema: renderSchema(part as z.ZodType, 'input'),
  }))

const renderSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
