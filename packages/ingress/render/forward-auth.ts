import type { ForwardAuth, HttpRoute } from '@atoll/spec'
import type { IngressSettings, RoutedEnvironment, Slot } from '../table.ts'
import { askingScript } from './asking-script.ts'
import { quote } from './quote.ts'
import { renderDefaults, slotsOf } from './slots.ts'

/** The service that is asked about a route, as HAProxy has it. */
export interface Asked {
  /** `APP.ENVIRONMENT.SERVICE.forward-auth-ID`. */
  readonly name: string
  readonly slots: readonly Slot[]
  readonly forwardAuth: ForwardAuth
  readonly connectMs: number
}

/** `id`: of the route. */
export const findAsked = (route: HttpRoute, id: string, owner: RoutedEnvironment): Asked | undefined => {
  const { forwardAuth } = route
  if (forwardAuth === undefined) return undefined
  const { service, port, timeoutMs } = forwardAuth
  return {
    name: `${owner.app}.${owner.environment}.${service}.forward-auth-${id}`,
    slots: slotsOf([{ service, port, weight: 1 }], owner),
    forwardAuth,
    connectMs: Math.min(route.timeouts.connectMs, timeoutMs),
  }
}

/** Where the script asks; nobody but this user comes in. */
const askingSocket = ({ runFolder }: IngressSettings): string => `unix@${runFolder}/forward-auth.sock`

const scriptPath = 'forward-auth.lua'

/** Of connections that fail. */
const retries = 3

/** For the headers that an app is told: with all else in a buffer there is room for no more than is kept free in it. */
const [bufferBytes, reservedBytes] = [20_480, 5_120]

/** One script for all threads: HAProxy 2.6 finds those of each thread not by paths that lead from the folder of the configuration. */
export const renderAskingGlobal = (isNeeded: boolean): readonly string[] =>
  isNeeded ? [`  lua-load ${scriptPath}`, `  tune.bufsize ${bufferBytes}`, `  tune.maxrewrite ${reservedBytes}`] : []

export const askingFiles = (isNeeded: boolean): Readonly<Record<string, string>> =>
  isNeeded ? { [scriptPath]: askingScript } : {}

/**
 * Where questions come in, each with the name of its backend as the host; those for which there is no connection wait. Nothing of them
 * is logged.
 */
export const renderAskingFrontend = (settings: IngressSettings, isNeeded: boolean): readonly string[] =>
  isNeeded
    ? [
        'frontend forward-auth',
        `  bind ${askingSocket(settings)} mode 600`,
        `  maxconn ${shareConnections(settings, isNeeded).questions}`,
        '  use_backend %[req.hdr(host)]',
      ]
    : []

/**
 * There are files for two of a connection: from a client and to a task. With a question these are four: to us, from us, and to who
 * is asked. Half of all for clients and a quarter for questions are six eighths of the files at most; the rest is for connections
 * that are kept, and for checks.
 */
export const shareConnections = (
  { maxConnections }: IngressSettings,
  hasQuestions: boolean,
): { readonly clients: number; readonly questions: number } =>
  hasQuestions
    ? { clients: Math.ceil(maxConnections / 2), questions: Math.ceil(maxConnections / 4) }
    : { clients: maxConnections, questions: 0 }

/** Asks, after all that costs less. Without a word that the request may, it may not, whatever went wrong. */
export const renderQuestion = (
  { loggedShare }: HttpRoute,
  asked: Asked | undefined,
  settings: IngressSettings,
): readonly string[] => {
  if (asked === undefined) return []
  const { path, timeoutMs, requestHeaders, responseHeaders } = asked.forwardAuth
  // The backend gives up first, and has counted it then.
  const patienceMs = timeoutMs + (retries + 1) * asked.connectMs
  const lists = [requestHeaders, responseHeaders].map((names) => (names.length === 0 ? '-' : names.join(',')))
  const words = [askingSocket(settings), asked.name, quote(path), patienceMs, ...lists]
  const isLost = 'if !{ var(txn.allowed) -m bool }'
  return [
    `  http-request lua.forward-auth ${words.join(' ')}`,
    // That nobody could be asked is a failure.
    ...(loggedShare === 0 ? [] : [`  http-request set-log-level info ${isLost}`]),
    `  http-request deny deny_status 503 ${isLost}`,
  ]
}

/** Its backend, but for the servers. It is a service as any: a task that fails is out, and another is tried. */
export const renderAsked = (
  { name, forwardAuth: { service, port, timeoutMs }, connectMs }: Asked,
  settings: IngressSettings,
): readonly string[] => [
  `backend ${name}`,
  `  http-request set-header host ${service}:${port}`,
  `  retries ${retries}`,
  '  option redispatch 1',
  '  retry-on conn-failure empty-response',
  `  timeout connect ${connectMs}`,
  `  timeout server ${timeoutMs}`,
  '  balance roundrobin',
  renderDefaults(settings, ''),
]
