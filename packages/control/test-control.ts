import { openClient } from '@atoll/api'
import type { Client, ClientOptions, ClientResponse } from '@atoll/api'
import type { Stage } from '@atoll/deploy/stage'
import type { Engine, RoutingApi } from '@atoll/engine'
import type { Documents } from '@atoll/store'
import { openSeals, parseKeyring, renderKeyring, addKey } from '@atoll/store/sealed'
import { randomBytes } from 'node:crypto'
import { createAttempts } from './audit/attempts.ts'
import { createRateLimiter } from './auth/rate-limit.ts'
import { collections } from './auth/records.ts'
import type { Grant, PersonRecord } from './auth/records.ts'
import { openSession } from './auth/sessions.ts'
import type { Control, LogEntry, World } from './control.ts'
import { Joins } from './joins/joins.ts'
import { Operations } from './operations/operations.ts'
import { shareDocuments } from './recent-documents.ts'
import { shareNodes } from './recent-nodes.ts'
import { createServer } from './server.ts'
import { emptyCopy } from './view/copy.ts'
import type { DocumentsCopy } from './view/copy.ts'
import type { Reach } from './view/outage.ts'
import { openView } from './view/view.ts'

export { keepCertificates } from './controllers/keep-certificates.ts'
export { resealAll } from './sealing/reseal-documents.ts'

const never = new AbortController().signal
const keys = parseKeyring(renderKeyring(addKey([], (bytes) => randomBytes(bytes))))

interface Options {
  /** Which node it runs on; the first leads. */
  readonly node?: number
  readonly engine?: Engine
  readonly documents?: Documents
  readonly copy?: DocumentsCopy
  readonly reach?: Reach
  readonly registry?: string
  readonly hasIngress?: boolean
  readonly judge?: World['judge']
  readonly visitors?: World['visitors']
  readonly routing?: RoutingApi
  /** Without it the control speaks plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A control that listens on loopback, over a fake world that several may have in common. */
export const openTestControl = async (
  stage: Stage,
  {
    node = 0,
    engine,
    documents,
    copy = emptyCopy,
    reach = nobodyThere,
    registry,
    hasIngress = true,
    judge,
    visitors,
    routing,
    tls,
  }: Options = {},
) => {
  const log: LogEntry[] = []
  const { id = '', name = '' } = stage.engine.world.nodes[node] ?? {}
  const world: World = {
    engine: engine ?? stage.engine,
    recentNodes: shareNodes({ engine: engine ?? stage.engine, clock: stage.clock }),
    documents: documents ?? stage.documents,
    recentDocuments: shareDocuments({ documents: documents ?? stage.documents, copy }),
    clock: stage.clock,
    node: { id, name },
    seals: openSeals({ keys }),
    vault: { archive: stage.documents.archive, keys: { authority: 'authority', seals: renderKeyring(keys) } },
    hasIngress,
    ...(registry === undefined ? {} : { registry }),
    ...(judge === undefined ? {} : { judge }),
    ...(visitors === undefined ? {} : { visitors }),
    log: (entry) => void log.push(entry),
    version: '0.0.0-test',
  }
  const operations = new Operations(world)
  const joins = new Joins(world)
  const view = openView({ ...world, copy, reach })
  const attempts = createAttempts(world)
  const limiter = createRateLimiter(stage.clock)
  const control: Control = { ...world, operations, joins, attempts, view, limiter, ...(routing && { routing }) }
  const server = createServer({ control, ...(tls === undefined ? {} : { tls }) })
  const url = await server.listen({ port: 0, host: '127.0.0.1' })
  return {
    control,
    log,
    url,
    server,
    /** A client of nobody, or of who has the token. */
    client: (token?: string): Client => openClient({ send: sendTo(url), ...(token === undefined ? {} : { token }) }),
    async [Symbol.asyncDispose]() {
      await operations[Symbol.asyncDispose]()
      await joins[Symbol.asyncDispose]()
      await server.close()
      await view[Symbol.asyncDispose]()
    },
  }
}

const nobodyThere: Reach = async () => false

export type TestControl = Awaited<ReturnType<typeof openTestControl>>

const sendTo =
  (url: string): ClientOptions['send'] =>
  async ({ method, path, headers, body: text, upload, signal }): Promise<ClientResponse> => {
    const body = upload === undefined ? text : ReadableStream.from(upload())
    const sent = body === undefined ? {} : { body, duplex: 'half' as const }
    const response = await fetch(url + path, { method, headers, signal, ...sent })
    return {
      status: response.status,
      headers: (name) => response.headers.get(name) ?? undefined,
      text: () => response.text(),
      async *chunks() {
        const decoder = new TextDecoder()
        for await (const chunk of response.body ?? []) yield decoder.decode(chunk, { stream: true })
      },
    }
  }

/** A person with a session, without the time a password takes. Gives the session's token. */
export const addPerson = async (
  { control }: TestControl,
  { name, grants }: { readonly name: string; readonly grants: readonly Grant[] },
): Promise<string> => {
  const password = {
    kind: 'scrypt',
    cost: 16,
    blockSize: 1,
    parallelization: 1,
    saltBase64: '',
    hashBase64: Buffer.alloc(32).toString('base64'),
  } as const
  const person: PersonRecord = { grants, password, createdAtMs: control.clock.now() }
  await control.documents.put(collections.person, name, { expected: 0, value: person }, never)
  return (await openSession(control, { name, person }, never)).token
}

/** An upload of one compose file, as a client in /srv/shop sends it. */
export const uploadOf = (text: string, contents: Readonly<Record<string, string>> = {}) => ({
  composeFiles: ['compose.yaml'],
  workingDir: '/srv/shop',
  environment: 'test',
  profiles: [],
  variables: {},
  files: { '/srv/shop/compose.yaml': { kind: 'text' as const, text } },
  exists: {},
  contents: Object.fromEntries(
    Object.entries(contents).map(([path, value]) => [
      path,
      { kind: 'bytes' as const, base64: Buffer.from(value).toString('base64') },
    ]),
  ),
})

export const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )
