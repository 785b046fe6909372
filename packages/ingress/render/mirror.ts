import { describeRoute, type HttpRoute } from '@atoll/spec'
import { answeredHeader, heard, prefix, toHeader, type MirrorOrder } from '../mirroring/order.ts'
import { waitedMethods } from '../mirroring/parse-copy.ts'
import { folderVariable, type IngressSettings, type RoutedEnvironment, type Slot } from '../table.ts'
import { backToFolder, mostRequestBytes, renderAgent, shareConnections, type Told } from './agents.ts'
import { quoteFormat } from './quote.ts'
import { renderDefaults, slotsOf } from './slots.ts'

/** The service that gets copies of a route's requests, as HAProxy has it. */
export interface Mirrored {
  /** `APP.ENVIRONMENT.SERVICE.mirror-ID`. */
  readonly name: string
  /** Of the route. */
  readonly id: string
  readonly slots: readonly Slot[]
  readonly route: HttpRoute
  readonly share: number
  readonly order: MirrorOrder
}

/** `id`: of the route. */
export const findMirrored = (route: HttpRoute, id: string, owner: RoutedEnvironment): Mirrored | undefined => {
  const { mirror } = route
  if (mirror === undefined) return undefined
  const { app, environment } = owner
  const { service, port, share } = mirror
  const name = `${app}.${environment}.${service}.mirror-${id}`
  return {
    name,
    id,
    slots: slotsOf([{ service, port, weight: 1 }], owner),
    route,
    share,
    order: { to: name, app: `${app}/${environment}`, service, route: describeRoute(route) },
  }
}

type Sockets = Pick<IngressSettings, 'runFolder'>

/** Where the mirroring agent listens for HAProxy. */
export const mirrorAgentSocket = ({ runFolder }: Sockets): string => `${runFolder}/mirror-agent.sock`
/** Where HAProxy takes copies of it; nobody but this user comes in. */
export const copySocket = ({ runFolder }: Sockets): string => `${runFolder}/mirror.sock`

const agentName = 'mirror-agent'

/** Where copies are taken, each with the name of its backend in a header, and where the agent is told. Nothing of either is logged. */
export const renderMirroring = (settings: IngressSettings, told: Told): readonly string[] => {
  if (!told.hasCopies) return []
  const { copies } = shareConnections(settings, told)
  return [
    'frontend mirror',
    `  bind unix@${copySocket(settings)} mode 600`,
    `  maxconn ${copies}`,
    `  use_backend %[req.hdr(${toHeader})]`,
    ...renderAgent({ name: agentName, socket: mirrorAgentSocket(settings), atOnce: copies }, settings),
  ]
}

const spoePath = 'mirror.spoe'

/**
 * What HAProxy tells the agent. No request waits longer for it than that, and of those that have waited in vain there are but a few a
 * second.
 */
const [patienceMs, mostErrors] = [50, 10]

export const mirrorFiles = (mirrored: Mirrored | undefined): Readonly<Record<string, string>> => {
  if (mirrored === undefined) return {}
  const lines = [
    '[mirror]',
    'spoe-agent mirror',
    '  groups copy',
    `  option var-prefix ${prefix}`,
    '  timeout hello 1s',
    '  timeout idle 30s',
    `  timeout processing ${patienceMs}`,
    `  maxerrrate ${mostErrors}`,
    '  max-waiting-frames 100',
    `  use-backend ${agentName}`,
    'spoe-group copy',
    '  messages copy',
    'spoe-message copy',
    '  args order=var(txn.mirroring) lost=var(txn.lost) method=method version=req.ver uri=pathq headers=req.hdrs_bin body=req.body',
  ]
  return { [spoePath]: `${lines.join('\n')}\n` }
}

const [isPicked, isChosen] = ['{ var(txn.picked) -m bool }', '{ var(txn.mirroring) -m found }']

/**
 * After everything that may answer or change the request. A body has to be there to be copied; HAProxy answers 408 where that takes too
 * long, so it waits for what is short, however slow it comes. Who never speaks again is sent away as ever. What the agent has not heard
 * of is counted, and told it with the next copy: nothing yields between the two rules that take the count.
 */
export const renderCopying = (mirrored: Mirrored | undefined): readonly string[] => {
  if (mirrored === undefined) return []
  const { id, share, order } = mirrored
  const part = share === everyOne ? '' : `{ rand(${everyOne}) lt ${share} } `
  const count = `proc.mirror_${id}`
  return [
    `  http-request set-var(txn.picked) bool(true) if ${part}!{ req.hdr(upgrade) -m found }`,
    `  http-request set-var-fmt(txn.mirroring) ${quoteFormat(JSON.stringify(order))} if ${isPicked} { srv_is_up(${agentName}/agent) }`,
    `  http-request wait-for-body time 1h if ${isChosen} { method ${waitedMethods.join(' ')} } !{ req.hdr(transfer-encoding) -m found }`,
    `  http-request wait-for-body time 1h if ${isChosen} { req.hdr_val(content-length) le ${mostRequestBytes} }`,
    `  http-request set-var(txn.lost) var(${count},0),add(0) if ${isPicked}`,
    `  http-request set-var(${count}) int(0) if ${isPicked}`,
    `  http-request send-spoe-group mirror copy if ${isChosen}`,
    `  http-request set-var(${count}) var(${count},0),add(txn.lost),add(1) if ${isPicked} !{ var(txn.${prefix}.${heard}) -m bool }`,
  ]
}

const everyOne = 10_000

/** Where it is, also after the file of another filter, where HAProxy 2.6 no longer knows the folder of its configuration. */
export const mirrorFilter = (mirrored: Mirrored | undefined): readonly string[] =>
  mirrored === undefined ? [] : [`  filter spoe engine mirror config "\${${folderVariable}}/${spoePath}"`]

/** Its backend, but for the servers: tasks of a service as any. A copy is not sent twice. */
export const renderMirrored = ({ name, route }: Mirrored, settings: IngressSettings): readonly string[] => [
  ...backToFolder,
  `backend ${name}`,
  `  http-request del-header ${toHeader}`,
  `  http-response set-header ${answeredHeader} 1`,
  '  retries 3',
  '  option redispatch 1',
  '  retry-on conn-failure',
  `  timeout connect ${route.timeouts.connectMs}`,
  `  timeout server ${copyMs}`,
  '  balance roundrobin',
  renderDefaults(settings, route),
]

/** As long as the agent waits. */
const copyMs = 10_000
