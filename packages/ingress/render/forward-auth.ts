import type { ForwardAuth, HttpRoute } from '@atoll/spec'
import { names, prefix, type AuthQuestion } from '../asking/question.ts'
import type { IngressSettings, RoutedEnvironment, Slot } from '../table.ts'
import { backToFolder, renderAgent, shareConnections, type Told } from './agents.ts'
import { quote, quoteFormat } from './quote.ts'
import { replyService } from './reply.ts'
import { renderChecks, slotsOf } from './slots.ts'

/** The service that is asked about a route, as HAProxy has it. */
export interface Asked {
  /** `APP.ENVIRONMENT.SERVICE.forward-auth-ID`. */
  readonly name: string
  /** Of the route. */
  readonly id: string
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
    id,
    slots: slotsOf([{ service, port, weight: 1 }], owner),
    forwardAuth,
    connectMs: Math.min(route.timeouts.connectMs, timeoutMs),
  }
}

type Sockets = Pick<IngressSettings, 'runFolder'>

/** Where our agent listens for HAProxy. */
export const agentSocket = ({ runFolder }: Sockets): string => `${runFolder}/forward-auth-agent.sock`
/** Where HAProxy listens for our agent's questions; nobody but this user comes in. */
export const askingSocket = ({ runFolder }: Sockets): string => `${runFolder}/forward-auth.sock`

/** Of connections that fail. */
const retries = 3

/** Where the agent asks, each with the name of a backend as the host, and where the agent is asked. Nothing of either is logged. */
export const renderAsking = (settings: IngressSettings, told: Told): readonly string[] => {
  if (!told.hasQuestions) return []
  const { questions } = shareConnections(settings, told)
  return [
    'frontend forward-auth',
    `  bind unix@${askingSocket(settings)} mode 600`,
    `  maxconn ${questions}`,
    '  use_backend %[req.hdr(host)]',
    ...renderAgent({ name: agentName, socket: agentSocket(settings), atOnce: questions }, settings),
  ]
}

/** Variables of the answer begin with it. */
export const answerPrefix = `txn.${prefix}`

const variable = (name: string): string => `${answerPrefix}.${name}`

/** Why a request was refused about which nobody could be asked. */
export const lostVariable = variable(names.lost)

const agentName = 'forward-auth-agent'

/** Without a slash, for HAProxy 2.6 looks for others in the folder it was started in. */
const spoePath = (id: string): string => `forward-auth-${id}.spoe`

/** How long HAProxy waits: who is asked gives up first, and the agent after that. */
const patienceOf = ({ forwardAuth, connectMs }: Asked): number => forwardAuth.timeoutMs + (retries + 1) * connectMs
const graceMs = 500

/** What HAProxy tells the agent. It gets many questions over one connection, and a few of those. */
export const askingFiles = (asked: Asked | undefined): Readonly<Record<string, string>> => {
  if (asked === undefined) return {}
  const lines = [
    '[forward-auth]',
    'spoe-agent forward-auth',
    '  groups ask',
    `  option var-prefix ${prefix}`,
    '  timeout hello 1s',
    // Also of a connection whose questions have no answer yet.
    `  timeout idle ${patienceOf(asked) + 2 * graceMs}`,
    `  timeout processing ${patienceOf(asked) + graceMs}`,
    '  max-waiting-frames 1000',
    `  use-backend ${agentName}`,
    'spoe-group ask',
    '  messages ask',
    'spoe-message ask',
    '  args question=var(txn.question) method=method uri=pathq headers=req.hdrs_bin',
  ]
  return { [spoePath(asked.id)]: `${lines.join('\n')}\n` }
}

/** `clients`: how many connections they may have. Asks, after all that costs less. Without a word that the request may, it may not, whatever went wrong. */
export const renderQuestion = (
  { loggedShare }: HttpRoute,
  asked: Asked | undefined,
  clients: number,
): readonly string[] => {
  if (asked === undefined) return []
  const { path, requestHeaders, responseHeaders } = asked.forwardAuth
  const question: AuthQuestion = {
    asked: asked.name,
    path,
    patienceMs: patienceOf(asked),
    shown: requestHeaders,
    answered: responseHeaders,
  }
  const isLost = 'if !{ var(txn.answered) -m bool }'
  return [
    // Who has left is not asked about.
    '  option abortonclose',
    `  http-request set-var-fmt(txn.question) ${quoteFormat(JSON.stringify(question))}`,
    `  http-request send-spoe-group forward-auth ask if { srv_is_up(${agentName}/agent) } !{ fe_conn(web) ge ${mostClientsOf(clients)} }`,
    renderReply,
    `  http-request set-var(txn.answered) var(${variable(names.allowed)})`,
    // That nobody could be asked is a failure.
    ...(loggedShare === 0 ? [] : renderLost(isLost, clients)),
    `  http-request deny deny_status 503 ${isLost}`,
    ...responseHeaders.flatMap((name, index) => renderTold(name, variable(names.header(index)))),
  ]
}

/** Into the log, with why. Where the agent has not said it nobody has asked the agent, or it was in vain. */
const renderLost = (isLost: string, clients: number): readonly string[] => [
  `  http-request set-log-level info ${isLost}`,
  ...[
    [`str("too many connections")`, ` { fe_conn(web) ge ${mostClientsOf(clients)} }`],
    [`str("no asking agent")`, ` !{ srv_is_up(${agentName}/agent) }`],
    [`str("not asked")`, ''],
  ].map(
    ([text, why]) =>
      `  http-request set-var(${lostVariable}) ${text} ${isLost} !{ var(${lostVariable}) -m found }${why}`,
  ),
]

/** Among the filters of a backend; see `renderFilters`. */
export const askingFilter = (asked: Asked | undefined): readonly string[] =>
  asked === undefined ? [] : [`  filter spoe engine forward-auth config ${spoePath(asked.id)}`]

/** Connections from clients that are left to everybody else, however many wait for an answer. */
const mostClientsOf = (clients: number): number => Math.floor((clients * 3) / 4)

/** What the client gets instead. */
const renderReply = `  http-request use-service lua.${replyService} if { var(${variable(names.status)}) -m found }`

/** What of these names a client has sent is gone, also as programs read it that take `_` for `-`. */
const renderTold = (name: string, from: string): readonly string[] => [
  `  http-request del-header ${quote(`^${spellingsOf(name)}$`)} -m reg`,
  `  http-request set-header ${name} %[var(${from})] if { var(${from}) -m found }`,
]

const spellingsOf = (name: string): string =>
  name.replaceAll(/[^a-z0-9]/g, (character) => (/[-_]/.test(character) ? '[-_]' : `\\${character}`))

/** Its backend, but for the servers. It is a service as any: a task that fails is out, and another is tried. */
export const renderAsked = (
  { name, forwardAuth: { service, port, timeoutMs }, connectMs }: Asked,
  settings: IngressSettings,
): readonly string[] => [
  ...backToFolder,
  `backend ${name}`,
  `  http-request set-header host ${service}:${port}`,
  `  retries ${retries}`,
  '  option redispatch 1',
  '  retry-on conn-failure empty-response',
  `  timeout connect ${connectMs}`,
  `  timeout server ${timeoutMs}`,
  '  balance roundrobin',
  renderChecks(settings),
]
