import { routes } from '@atoll/api'
import type { Failure, Plain, Route, RouteName } from '@atoll/api'
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { bareAddress } from '../gate/proxy-line.ts'

const callers = new WeakMap<FastifyRequest, Caller>()

/** Once their session or token was found it is known who asks, also when they may not. */
export const rememberCaller = (request: FastifyRequest, caller: Caller): void => void callers.set(request, caller)

/** Signing in that failed, a secret that is none, and what somebody may not do, are counted for the audit. */
export const noteRefusal = ({ attempts }: Control, request: FastifyRequest, { status, code }: Plain<Failure>): void => {
  if (status !== 401 && status !== 403) return
  const action = names.get(`${request.method} ${request.routeOptions.url}`)
  const caller = callers.get(request)
  // Who sends no secret at all has not tried anything.
  if (action === undefined || (code === 'unauthenticated' && !hasSecret(request))) return
  const by = caller?.description ?? givenName(request)
  attempts.note({ by, action, subject: subjectOf(request), address: bareAddress(request.ip), code })
}

const names: ReadonlyMap<string, RouteName> = new Map(
  Object.entries<Route>(routes).map(([name, { method, path }]) => [`${method} ${path}`, name as RouteName]),
)

const hasSecret = ({ headers }: FastifyRequest): boolean =>
  headers.authorization !== undefined || headers.cookie !== undefined

/** Of who tries to sign in. Only what could be a name: it is shown to people. */
const givenName = ({ body }: FastifyRequest): string => {
  const name: unknown = typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined
  return typeof name === 'string' && /^[a-z0-9][a-z0-9-]{0,59}$/.test(name) ? name : ''
}

const subjectOf = ({ params }: FastifyRequest): string => {
  const { app, environment } = (params ?? {}) as Readonly<Record<string, string>>
  const named = [app, environment].filter((part) => part !== undefined && /^[a-z0-9_-]{1,100}$/.test(part))
  return named.join('/')
}
