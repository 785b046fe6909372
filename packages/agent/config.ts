import { readFileSync } from 'node:fs'
import { healthSocket } from '@atoll/engine/health'
import { z } from 'zod'
import type { GarbageLimits } from './disk/collector.ts'
import type { IngressPlace } from './ingress/prepare-ingress.ts'
import { AgentError } from './errors.ts'

/** Everything the agent takes from its environment. The only file that reads it. */
export interface Config {
  /** Where control reaches the agent. */
  readonly socketPath: string
  /** Where its health check asks. */
  readonly healthPath: string
  /** The user the socket belongs to: control's. */
  readonly socketOwner: number
  /** The engine of this node. */
  readonly engine: string
  /** Where it looks after the disk; absent: it does not. */
  readonly disk?: DiskConfig
  /** The ingress of this node; absent: there is none. */
  readonly ingress?: IngressPlace
  /** The same of its second, which has the stream ports. */
  readonly streams?: IngressPlace
  /** What makes it one of the cluster's agents; absent: it serves its own node only. */
  readonly membership?: Membership
}

export interface DiskConfig {
  /** On the file system the engine keeps its data on. */
  readonly folder: string
  readonly limits: GarbageLimits
}

export interface Membership {
  readonly secret: string
  /** Certificate of the cluster's authority. */
  readonly authorityPem: string
  /** Where controls sign certificates. */
  readonly control: { readonly host: string; readonly port: number }
  /** Where agents listen for each other. */
  readonly port: number
}

type Variables = Readonly<Record<string, string | undefined>>

/** Throws AgentError `config`. */
export const readConfig = (variables: Variables): Config => ({
  socketPath: variables['ATOLL_SOCKET'] || '/run/atoll/agent.sock',
  healthPath: healthSocket,
  socketOwner: parseOwner(variables, 'ATOLL_SOCKET_OWNER', '10001'),
  engine: variables['ATOLL_ENGINE'] || 'unix:///var/run/docker.sock',
  ...readDisk(variables),
  ...readIngress(variables),
  ...readMembership(variables),
})

const dayMs = 86_400_000
const garbage = { days: 7, gigabytes: 10, percent: 20 } as const

const readDisk = (variables: Variables): Pick<Config, 'disk'> => {
  const folder = variables['ATOLL_DISK']
  if (!folder) return {}
  const days = parseAmount(variables, 'ATOLL_IMAGES_DAYS', garbage.days)
  const gigabytes = parseAmount(variables, 'ATOLL_IMAGES_GB', garbage.gigabytes)
  const imageShare = Math.min(1, parseAmount(variables, 'ATOLL_IMAGES_PERCENT', garbage.percent) / 100)
  return { disk: { folder, limits: { imageIdleMs: days * dayMs, imageBytes: gigabytes * 1e9, imageShare } } }
}

const readIngress = (variables: Variables): Pick<Config, 'ingress' | 'streams'> => {
  const folder = variables['ATOLL_INGRESS']
  if (!folder) return {}
  const sites = variables['ATOLL_STATIC']
  const owner = parseOwner(variables, 'ATOLL_INGRESS_OWNER', '10002')
  const streams = variables['ATOLL_STREAMS']
  return {
    ingress: { folder, owner, ...(sites ? { sites } : {}) },
    ...(streams ? { streams: { folder: streams, owner } } : {}),
  }
}

const parseAmount = (variables: Variables, name: string, otherwise: number): number => {
  const text = variables[name] || String(otherwise)
  if (/^\d{1,6}(?:\.\d{1,3})?$/.test(text)) return Number(text)
  throw new AgentError('config', `read ${name}: "${text}" is no amount`, { hint: 'give a number such as 7 or 2.5' })
}

const membershipShape = z.object({ secret: z.string().min(32), certificatePem: z.string() })

const readMembership = (variables: Variables): Pick<Config, 'membership'> => {
  const path = variables['ATOLL_AGENTS']
  if (!path) return {}
  const { secret, certificatePem } = parseSecret(path)
  const host = variables['ATOLL_CONTROL'] || 'tasks.control'
  const control = { host, port: parsePort(variables, 'ATOLL_CONTROL_PORT', 8443) }
  return {
    membership: { secret, authorityPem: certificatePem, control, port: parsePort(variables, 'ATOLL_PORT', 7443) },
  }
}

/** Nothing of what stands in the file is told. */
const parseSecret = (path: string): z.output<typeof membershipShape> => {
  try {
    return membershipShape.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    throw new AgentError('config', `read ATOLL_AGENTS: ${path} cannot be read, or holds no secret of agents`, {
      hint: 'run "atoll init" again, which makes it',
    })
  }
}

const parsePort = (variables: Variables, name: string, otherwise: number): number => {
  const text = variables[name] || String(otherwise)
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new AgentError('config', `read ${name}: "${text}" is no port`, { hint: 'give a number up to 65535' })
}

const parseOwner = (variables: Variables, name: string, otherwise: string): number => {
  const text = variables[name] || otherwise
  const owner = Number(text)
  if (/^\d+$/.test(text) && owner <= 0xff_ff_ff_fe) return owner
  throw new AgentError('config', `read ${name}: "${text}" is no user number`, {
    hint: 'set it to the number of the user that is to have it',
  })
}
