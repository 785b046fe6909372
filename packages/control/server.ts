import { bodyLimitBytes, routes } from '@atoll/api'
import type { Route, RouteName } from '@atoll/api'
import { buildLimits } from '@atoll/engine/remote'
import fastify from 'fastify'
import type { Server } from 'node:https'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Control } from './control.ts'
import { notFound } from './errors.ts'
import { addDocs } from './docs/add-docs.ts'
import { openDoor } from './gate/open-door.ts'
import { limits } from './limits.ts'
import { refuseAddress, refuseConnection } from './serve/refuse-malformed.ts'
import { safetyHeaders } from './serve/safety-headers.ts'
import { noteRefusal } from './serve/note-refusal.ts'
import { admit, answer } from './serve/serve-route.ts'
import type { Admitted, Served } from './serve/serve-route.ts'
import { limitTime, takeUploads } from './serve/upload.ts'
import { acceptUpgrades } from './serve/upgrade.ts'
import { retryAfterOf, toFailure } from './to-failure.ts'

export interface ServerOptions {
  readonly control: Control
  /** Without it the server speaks plain HTTP: for tests. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Whether a gate, which may speak for others, is at this address; without it nobody may. */
  readonly isGate?: (address: string) => Promise<boolean>
}

/** The contract as a server; nothing listens yet. Closing it ends its streams. */
export const createServer = ({ control, tls, isGate }: ServerOptions): FastifyInstance => {
  const closing = new AbortController()
  const server = openFastify(tls)
  if (tls !== undefined && isGate !== undefined) {
    const onRefused = (address: string): void => control.log({ event: 'no gate, but speaks for another', address })
    openDoor(server.server as unknown as Server, { isGate, onRefused, helloMs: limits.helloMs })
  }
  acceptUpgrades(server)
  server.addHook('preClose', async () => closing.abort(new Error('this control is stopping')))
  // What an address says of itself counts.
  server.addHook('onSend', async (_request, reply) => void reply.headers(headersFor(reply)))
  server.setErrorHandler((error, request, reply) => refuse(control, { error, request, reply }))
  server.setNotFoundHandler((request, reply) =>
    refuse(control, { error: notFound('there is nothing at this address'), request, reply }),
  )
  addDocs(server)
  for (const [name, route] of Object.entries<Route>(routes)) {
    const served = { name: name as RouteName, route, control, closing: closing.signal }
    if (route.upload === undefined) addRoute(server, served)
    else void server.register(async (scope) => addUpload(scope, served))
  }
  return server
}

const openFastify = (tls: ServerOptions['tls']): FastifyInstance => {
  const options = {
    bodyLimit: limits.bodyBytes,
    // Of uploads; other bodies have a shorter time.
    requestTimeout: buildLimits.totalMs,
    connectionTimeout: 0,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseConnection,
  }
  if (tls === undefined) return fastify(options)
  const https = { ...tls, minVersion: 'TLSv1.3' as const }
  return fastify({ ...options, https }) as FastifyInstance
}

/** Without those the answer has said itself: fastify would send a cookie twice. */
const headersFor = (reply: FastifyReply): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(safetyHeaders).filter(([name]) => !reply.hasHeader(name)))

const hasProject: ReadonlySet<RouteName> = new Set(['planProject', 'startDeployment'])

const addRoute = (server: FastifyInstance, served: Served): void => {
  const { name, route } = served
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  server.route({
    method: route.method,
    url: route.path,
    bodyLimit: hasProject.has(name) ? bodyLimitBytes : limits.bodyBytes,
    exposeHeadRoute: false,
    onRequest: async (request) => {
      const lift = limitTime(request.raw)
      admitted.set(request, await admit(served, request))
      if (route.upload !== undefined) lift()
    },
    handler: (request, reply) => answer(served, { request, reply, admitted: admitted.get(request) ?? stranger }),
  })
}

const addUpload = (server: FastifyInstance, served: Served): void => {
  if (served.route.upload !== undefined) takeUploads(server, served.route.upload)
  addRoute(server, served)
}

const stranger: Admitted = { caller: undefined, look: undefined }

interface Refusal {
  readonly error: unknown
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** The only place where an error becomes an answer. */
const refuse = async (control: Control, { error: thrown, request, reply }: Refusal): Promise<FastifyReply> => {
  const error = await control.view.explain(thrown)
  const failure = toFailure(error)
  const { method, routeOptions } = request
  if (failure.status >= 500) {
    control.log({ event: 'request failed', method, route: routeOptions.url, code: failure.code, error: String(error) })
  }
  noteRefusal(control, request, failure)
  const retryAfterS = retryAfterOf(error, failure.status)
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS))
  if (failure.status === 401) void reply.header('www-authenticate', 'Bearer')
  return reply.code(failure.status).type('application/problem+json').send(JSON.stringify(failure))
}
