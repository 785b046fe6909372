import type { HttpRoute } from '@atoll/spec'
import type { IngressSettings } from '../table.ts'

/** What HAProxy tells agents of ours of requests, by its SPOP. */
export interface Told {
  /** A service is asked about some of them. */
  readonly hasQuestions: boolean
  /** A service gets copies of some. */
  readonly hasCopies: boolean
}

export const toldOf = (routes: readonly HttpRoute[]): Told => ({
  hasQuestions: routes.some(({ forwardAuth }) => forwardAuth !== undefined),
  hasCopies: routes.some(({ mirror }) => mirror !== undefined),
})

/** For the headers that an app is told: with all else in a buffer there is room for no more than is kept free in it. */
const [bufferBytes, reservedBytes] = [20_480, 5_120]

/** Head and body of a request, as long as HAProxy has all of it. */
export const mostRequestBytes = bufferBytes - reservedBytes

export const renderAgentGlobal = ({ hasQuestions, hasCopies }: Told): readonly string[] =>
  hasQuestions || hasCopies ? [`  tune.bufsize ${bufferBytes}`, `  tune.maxrewrite ${reservedBytes}`] : []

/** On a node at the same time. Of copies fewer are sent; see `mirroring/main.ts`. */
const [mostQuestions, mostCopies] = [256, 128]

interface Shares {
  readonly clients: number
  readonly questions: number
  readonly copies: number
}

/**
 * There are files for two of a connection: from a client and to a task. A question has two in HAProxy as well, and the connections with
 * its agent, of which there are twice as many, one each. So it is with copies.
 */
export const shareConnections = (
  { maxConnections }: Pick<IngressSettings, 'maxConnections'>,
  { hasQuestions, hasCopies }: Told,
): Shares => {
  const questions = hasQuestions ? Math.min(mostQuestions, Math.ceil(maxConnections / 4)) : 0
  const copies = hasCopies ? Math.min(mostCopies, Math.ceil(maxConnections / 8)) : 0
  return { clients: maxConnections - 2 * (questions + copies), questions, copies }
}

export interface SpopAgent {
  /** Of its backend, whose server `agent` it is; it ends in `-agent`. */
  readonly name: string
  /** Where it listens. */
  readonly socket: string
  /** Of what is done at the same time. */
  readonly atOnce: number
}

/** Where an agent is told. It gets much over one connection, and HAProxy makes a few of those. */
export const renderAgent = (
  { name, socket, atOnce }: SpopAgent,
  { runFolder }: Pick<IngressSettings, 'runFolder'>,
): readonly string[] => {
  const nobody = name.replace(/-agent$/, '-nobody')
  const nobodySocket = `${runFolder}/${nobody}.sock`
  return [
    `backend ${name}`,
    '  mode tcp',
    '  option spop-check',
    '  timeout server 10m',
    '  retries 0',
    `  server agent unix@${socket} maxconn ${2 * atOnce} ${agentChecks}`,
    `  server nobody unix@${nobodySocket} backup`,
    // While nobody can be asked HAProxy 2.6 tries again as soon as it fails, with all its time: so it fails slowly.
    `frontend ${nobody}`,
    '  mode tcp',
    `  bind unix@${nobodySocket} mode 600`,
    '  tcp-request inspect-delay 1s',
    '  tcp-request content reject if WAIT_END',
  ]
}

/** One that is not there is known at once, one that says nothing after two checks; and soon the next that does. */
const agentChecks =
  'check inter 2s downinter 500ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions'

/** After a backend with a filter: HAProxy 2.6 knows no folder of its configuration any longer once it has read the file of one. */
export const backToFolder: readonly string[] = ['global', '  default-path config']
