import { z } from 'zod'
import { ageHeader } from './route.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { failure } from './schemas/failure.ts'

type Json = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of the whole API. */
export const renderOpenApi = ({ version }: { readonly version: string }): Json => ({
  openapi: '3.1.0',
  info: {
    title: 'Atoll',
    version,
    description: introduction,
    license: { name: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'any control of the cluster' }],
  tags: tags.map(({ name, description }) => ({ name, description })),
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

const introduction = `Every control of the cluster answers all of it, at port 8443 and over TLS 1.3.

- Programs send a token as \`Authorization: Bearer TOKEN\`; a browser has a cookie after signing in, and adds the header
  \`X-Atoll-Request: 1\` to what changes something.
- Failures are \`application/problem+json\` with a stable \`code\`, and a \`hint\` where there is something to do.
- Lists that grow come in pages: \`after\` is the \`next\` of the page before.
- What has a \`revision\` is changed with it in \`If-Match\`, so that nobody undoes another's change unseen.`

interface Tag {
  readonly name: string
  readonly description: string
  /** What follows `/v1/` in the paths that belong to it. */
  readonly paths: readonly string[]
}

const tags: readonly Tag[] = [
  { name: 'apps', description: 'what runs, how it is, and changing it', paths: ['apps', 'allowances'] },
  {
    name: 'cluster',
    description: 'the servers and the platform itself',
    paths: ['health', 'openapi.json', 'nodes', 'doctor', 'what-if', 'keys', 'agents'],
  },
  {
    name: 'people',
    description: 'who may do what, and who did what',
    paths: ['people', 'teams', 'invitations', 'tokens', 'audit'],
  },
  {
    name: 'signing in',
    description: 'coming in, and what is of oneself',
    paths: ['sessions', 'me', 'password-resets'],
  },
]

/** What stands in no list is a tag of its own, by the first word of its path. */
const tagOf = (path: string): string => {
  const first = path.split('/')[2] ?? ''
  return tags.find(({ paths }) => paths.includes(first))?.name ?? first
}

const renderPath = (path: string): string => path.replaceAll(/:([a-z]+)/gi, '{$1}')

const renderRoute = (name: string, route: Route): Json => ({
  operationId: name,
  tags: [tagOf(route.path)],
  // A summary is plain text for those who render it.
  summary: route.summary.replaceAll('`', ''),
  description: `${route.summary}. ${renderAccess(route)}`,
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

const places: Readonly<Record<string, string>> = {
  app: ' of the app, or of the cluster',
  team: ' of the team, or of the cluster',
  cluster: ' of the cluster',
}

const renderAccess = ({ role, scope }: Route): string => {
  if (role === 'nobody') return 'Needs no sign-in.'
  return scope === 'self' ? 'For whoever is signed in.' : `Needs the role ${role}${places[scope] ?? ''}, or more.`
}

const ageDescription =
  'Milliseconds since this was last known to be true; only there when it is what the control knew while the engine did not answer'

const renderHeaders = ({ fromCopy }: Route): Json =>
  fromCopy ? { headers: { [ageHeader]: { description: ageDescription, schema: { type: 'integer' } } } } : {}

const mediaTypes = { json: 'application/json', events: 'text/event-stream', lines: 'application/x-ndjson' } as const

const renderContent = ({ status, kind, reply }: Route): Json =>
  status === 204 || kind === 'frames' || kind === 'page'
    ? {}
    : { content: { [mediaTypes[kind]]: { schema: renderSchema(reply, 'output') } } }

const renderParameters = (schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly Json[] =>
  Object.entries(schema?.shape ?? {}).map(([name, part]) => {
    const { description, ...rest } = renderSchema(part as z.ZodType, 'input')
    // Absent and undefined are not the same to a schema: what may be left out is seen by leaving it out.
    const required = place === 'path' || !z.object({ [name]: part }).safeParse({}).success
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest }
  })

const renderSchema = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
