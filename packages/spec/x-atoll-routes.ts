import { z } from 'zod'

const duration = (description: string) => z.string().meta({ format: 'duration', description })
const port = (description: string) => z.int().min(1).max(65_535).meta({ description })
const texts = (description: string) => z.array(z.string()).meta({ description })
const textsByName = (description: string) => z.record(z.string(), z.string()).meta({ description })

const headerChanges = z.strictObject({
  set: textsByName('Headers that get this value, whatever they had.').optional(),
  add: textsByName('Headers that get one more value.').optional(),
  remove: texts('Headers that are taken away.').optional(),
})

const matching = {
  host: z.string().meta({ description: 'shop.example.org, or *.example.org for every name of one label more.' }),
  path: z.string().meta({ description: 'Prefix by segment: /api is /api and /api/x. Default: /' }),
  path_exact: z.string().meta({ description: 'This path and no other.' }),
  path_regex: z.string().meta({ description: 'Pattern of the whole path.' }),
  method: texts('Only these methods.'),
  header: textsByName('Only requests with these headers; * stands for any value.'),
  query: textsByName('Only requests with these parameters of the query; * stands for any value.'),
}

const target = {
  protocol: z.enum(['http', 'h2c', 'tcp', 'tls', 'udp']).meta({
    description:
      'http (the default); h2c: HTTP/2 to the app, for gRPC; tcp: a port as it is; tls: TLS as it is, by name. udp cannot be routed.',
  }),
  listen: port('Of tcp and tls: the port of every node.'),
  port: port('The port the tasks of the service listen on.'),
  weights: z
    .record(z.string(), z.int().min(0).max(1000))
    .meta({ description: 'Parts of the requests by service: {web: 9, web-next: 1}. Default: all to this service.' }),
  balance: z.enum(['round-robin', 'least-connections']).meta({ description: 'Which task is next.' }),
  proxy_protocol: z.enum(['v1', 'v2']).meta({
    description: 'Each connection to a task begins with a header of the PROXY protocol, which the app has to expect.',
  }),
  sticky: z.enum(['cookie', 'address']).meta({ description: 'How a client comes back to the task it had.' }),
  mirror: z
    .strictObject({
      service: z.string().meta({ description: 'Of this compose file, and none that answers.' }),
      port: port('The port its tasks listen on.'),
      part: z.string().meta({ description: 'Of the requests: 10%. Default: all of them' }).optional(),
    })
    .meta({ description: 'Another service gets a copy of requests, and its answers are thrown away.' }),
  timeouts: z.strictObject({
    connect: duration('Until the task has taken the connection. Default: 400ms').optional(),
    response: duration('Longest silence of the app. Default: 60s').optional(),
    idle: duration('Longest silence of a WebSocket, of server-sent events, of a connection. Default: 1h').optional(),
  }),
  retries: z.strictObject({
    attempts: z.int().min(0).max(10).meta({ description: 'Default: 3' }).optional(),
    on: z
      .array(z.enum(['empty-response', 'response-timeout', '500', '502', '503', '504']))
      .meta({ description: 'Besides connections that fail; of GET, HEAD and OPTIONS. Default: empty-response' })
      .optional(),
  }),
}

const changing = {
  https: z.enum(['required', 'optional']).meta({
    description: 'required (the default): requests without TLS are redirected; optional: they are answered.',
  }),
  redirect: z.strictObject({
    scheme: z.enum(['http', 'https']).optional(),
    host: z.string().optional(),
    port: port('Of the address to go to.').optional(),
    path: z.string().meta({ description: 'In the place of the whole path.' }).optional(),
    status: z.int().meta({ description: '301, 302, 303, 307 or 308, which is the default' }).optional(),
  }),
  static: z
    .strictObject({
      image: z.string().meta({ description: 'Whose files. Default: the image of the service.' }).optional(),
      path: z.string().meta({ description: 'The folder in the image: /usr/share/nginx/html' }).optional(),
      folder: z.unknown().meta({ description: 'Refused: build the folder into an image.' }).optional(),
      index: z.string().meta({ description: 'The file that answers for a folder. Default: index.html' }).optional(),
      fallback: z
        .string()
        .meta({ description: 'What a page that is not there is answered with: /index.html' })
        .optional(),
      not_found: z.string().meta({ description: 'The page that comes with 404: /404.html' }).optional(),
      cache: textsByName('How long files below a path are kept without asking again: {/assets/: 1y}').optional(),
    })
    .meta({ description: 'Every node answers with files of an image; no task does.' }),
  strip: z.boolean().meta({ description: 'The app gets the path without the part that matched.' }),
  rewrite: z.string().meta({ description: 'What stands in the place of the part that matched.' }),
  request_headers: headerChanges.meta({ description: 'Changes of what the app gets.' }),
  forwarded: z.boolean().meta({ description: 'The app is told of the client in Forwarded (RFC 7239) too.' }),
  response_headers: headerChanges.meta({ description: 'Changes of what the client gets.' }),
  compression: z.boolean().meta({ description: 'Texts are compressed when the client takes it.' }),
  maintenance: z.strictObject({
    page: z.string().meta({ description: 'HTML that everybody gets, with status 503.' }),
    retry_after: duration('When to come again.').optional(),
    except: texts('Addresses that get the app all the same.').optional(),
  }),
  error_pages: textsByName('HTML by status, for what the ingress itself answers.'),
  access_log: z.string().meta({
    description:
      'Requests that leave a line in the log of the ingress: failures (the default), none, all, or a part such as 1%.',
  }),
}

const guarding = {
  allow: texts('Addresses (CIDR) that may; everybody else is refused.'),
  deny: texts('Addresses (CIDR) that may not.'),
  max_body: z.union([z.string(), z.int()]).meta({ description: 'Largest body of a request: 10m' }),
  rate_limit: z.strictObject({
    requests: z.int().min(1).max(1_000_000),
    per: duration('The time they are counted over.'),
  }),
  basic_auth: z.strictObject({
    realm: z.string().optional(),
    users: textsByName('Hashes by name, as "mkpasswd -m sha-256" prints them; write $$ for $.'),
  }),
  client_certificates: z.strictObject({
    authority: z.string().meta({ description: 'PEM of the authority that signs them, or of several.' }),
    optional: z.boolean().meta({ description: 'Who has none is answered too, and the app is told.' }).optional(),
  }),
  forward_auth: z.strictObject({
    service: z.string().meta({ description: 'Of this compose file; it is asked whether a request may.' }),
    port: port('The port its tasks listen on.'),
    path: z.string().meta({ description: 'What it is asked for, with GET. Default: /' }).optional(),
    request_headers: texts('What it is shown of the request. Default: authorization, cookie').optional(),
    response_headers: texts('What of its answer the app gets, and from nobody else.').optional(),
    timeout: duration('Longest silence of it. Default: 5s').optional(),
  }),
  cors: z.strictObject({
    origins: texts('https://shop.example.org, or *'),
    methods: texts('Default: GET, HEAD, POST').optional(),
    headers: texts('Headers a request may have.').optional(),
    expose: texts('Headers a script may read.').optional(),
    credentials: z.boolean().meta({ description: 'Cookies are sent along.' }).optional(),
    max_age: duration('How long a browser remembers. Default: 10m').optional(),
  }),
}

/** What Atoll reads under `x-atoll.routes` of a service; what fits what else is checked by `app/routes/`. */
export const routeSettings = z
  .array(z.strictObject({ ...matching, ...target, ...changing, ...guarding }).partial())
  .meta({ description: 'Ways from outside to this service.' })
