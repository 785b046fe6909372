import { readFileSync } from 'node:fs'
import { healthSocket } from '@atoll/engine/health'

/** Everything the control takes from its environment. The only file that reads it. */
export interface Config {
  /** Where the agent of this node listens. */
  readonly socketPath: string
  /** Where its health check asks. */
  readonly healthPath: string
  readonly port: number
  /** The program certificates are had by. */
  readonly legoPath: string
  readonly node: { readonly id: string; readonly name: string }
  /** Nodes serve routes. */
  readonly hasIngress: boolean
  /** What the image was made of: `0.1.0+ab12cd34ef56`. */
  readonly build?: string
  /** DNS names and addresses it is reached by, besides those of its node. */
  readonly names: readonly string[]
  readonly addresses: readonly string[]
  /** Where images of `build` go: `127.0.0.1:5000`. */
  readonly registry?: string
  /** The authority as JSON, and the keyring: contents of the files. */
  readonly authority: string
  readonly seals: string
  /** A second keyring, which opens and does not seal: while keys are exchanged. */
  readonly sealsBeside?: string
  /** What agents prove themselves with, as JSON; without it none gets a certificate. */
  readonly agents?: string
  /** Another secret of agents that counts as much: while it is exchanged. */
  readonly agentsBeside?: string
}

type Variables = Readonly<Record<string, string | undefined>>

/** Throws when a variable that is needed is not there, or names a file that cannot be read. */
export const readConfig = (variables: Variables): Config => ({
  socketPath: variables['ATOLL_SOCKET'] || '/run/atoll/agent.sock',
  healthPath: healthSocket,
  port: parsePort(variables['ATOLL_PORT'] || '8443'),
  legoPath: variables['ATOLL_LEGO'] || '/usr/bin/lego',
  node: { id: need(variables, 'ATOLL_NODE_ID'), name: need(variables, 'ATOLL_NODE_NAME') },
  hasIngress: variables['ATOLL_INGRESS'] !== 'off',
  names: parseList(variables['ATOLL_NAMES']),
  addresses: parseList(variables['ATOLL_NODE_ADDRESSES']),
  ...(variables['ATOLL_BUILD'] ? { build: variables['ATOLL_BUILD'] } : {}),
  ...(variables['ATOLL_REGISTRY'] ? { registry: variables['ATOLL_REGISTRY'] } : {}),
  authority: readFileSync(need(variables, 'ATOLL_AUTHORITY'), 'utf8'),
  seals: readFileSync(need(variables, 'ATOLL_SEALS'), 'utf8'),
  ...readOptional(variables),
})

const optional = { agents: 'ATOLL_AGENTS', agentsBeside: 'ATOLL_AGENTS_BESIDE', sealsBeside: 'ATOLL_SEALS_BESIDE' }

/** Contents of the files that are named; what is not named is not there. */
const readOptional = (variables: Variables): { readonly [Key in keyof typeof optional]?: string } =>
  Object.fromEntries(
    Object.entries(optional).flatMap(([key, variable]) => {
      const path = variables[variable]
      return path ? [[key, readFileSync(path, 'utf8')]] : []
    }),
  )

const need = (variables: Variables, name: string): string => {
  const value = variables[name]
  if (value) return value
  throw new Error(`${name} is not set; the compose file of the platform sets it`)
}

const parsePort = (text: string): number => {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new Error(`ATOLL_PORT is "${text}": give a number up to 65535`)
}

const parseList = (text = ''): readonly string[] => text.split(/[\s,]+/).filter((item) => item !== '')
