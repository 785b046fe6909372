import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { healthSocket } from '@atoll/engine/health'

/** Everything the ingress takes from its environment. The only file that reads it. */
export interface Config {
  /** HAProxy's. */
  readonly program: string
  /** The volume of this node: the last table, and the socket where the agent comes in. */
  readonly folder: string
  /** Configurations and sockets; gone with the container. */
  readonly runFolder: string
  /** Serves static files, from the sites in a folder that others write. */
  readonly static: { readonly program: string; readonly folder: string }
  /** Asks services of apps about requests. */
  readonly asking: { readonly program: string }
  /** Sends copies of requests. */
  readonly mirror: { readonly program: string }
  /** Where its health check asks. */
  readonly healthPath: string
  readonly addresses: readonly string[]
  readonly httpPort: number
  readonly httpsPort: number
  /** It has other ports than these two: it passes on connections, and answers no requests. */
  readonly hasStreamsOnly?: boolean
  /** How long requests may go on after an end was asked for. */
  readonly graceMs: number
  /** How long it waits for its networks before it serves what it has kept. */
  readonly patienceMs: number
  /** And how long once it may begin, for those that are being joined. */
  readonly nearMs: number
  readonly maxConnections: number
}

type Variables = Readonly<Record<string, string | undefined>>

export const readConfig = (variables: Variables): Config => ({
  program: variables['ATOLL_HAPROXY'] || '/usr/sbin/haproxy',
  folder: variables['ATOLL_FOLDER'] || '/var/lib/atoll-ingress',
  runFolder: variables['ATOLL_RUN'] || '/tmp/ingress',
  static: {
    program: variables['ATOLL_STATIC_PROGRAM'] || join(import.meta.dirname, 'static/main.ts'),
    folder: variables['ATOLL_STATIC'] || '/var/lib/atoll-static',
  },
  asking: { program: variables['ATOLL_ASKING_PROGRAM'] || join(import.meta.dirname, 'asking/main.ts') },
  mirror: { program: variables['ATOLL_MIRROR_PROGRAM'] || join(import.meta.dirname, 'mirroring/main.ts') },
  healthPath: healthSocket,
  addresses: ['0.0.0.0'],
  httpPort: 80,
  httpsPort: 443,
  hasStreamsOnly: variables['ATOLL_STREAMS'] === 'only',
  graceMs: 25_000,
  patienceMs: 8_000,
  nearMs: 30_000,
  maxConnections: countConnections(readFileSync('/proc/self/limits', 'utf8')),
})

const mostConnections = 20_000
/** Logs, sockets, files that are read. */
const otherFiles = 500

/** Of what `/proc/PID/limits` says: each connection has one from the client and one to a task. */
export const countConnections = (limits: string): number => {
  const [, most] = /^Max open files +\S+ +(\d+)/m.exec(limits) ?? []
  return most === undefined ? mostConnections : Math.min(mostConnections, Math.floor((Number(most) - otherFiles) / 2))
}
