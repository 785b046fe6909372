import { resolve } from 'node:path'
import type { SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'

/** Where a node is logged in to, when its address is not the way. */
export const nodeServerFlag = {
  on: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Server as ssh knows it; root at the address of the node when not said',
    placeholder: 'server',
  },
} as const

/** Of what logs in to a server. */
export const sshFlags = {
  identity: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Private key to log in with; as ssh finds one when not said',
    placeholder: 'file',
  },
  sshConfig: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Configuration of ssh to read instead of your own',
    placeholder: 'file',
  },
  port: {
    kind: 'parsed',
    parse: parsePort,
    optional: true,
    brief: "Port of the server's sshd",
    placeholder: 'number',
  },
} as const

export type SshFlags = {
  readonly identity?: string
  readonly sshConfig?: string
  readonly port?: number
}

/** Where to log in, and how. Paths begin in the folder of the command. */
export const toLogin = (cli: Cli, destination: string, { identity, sshConfig, port }: SshFlags): SshLogin => {
  const path = (given: string): string => resolve(cli.config.workingDir, given)
  return {
    destination: parseDestination(destination),
    isAlone: !cli.stdin.isTerminal,
    ...(identity === undefined ? {} : { identity: path(identity) }),
    ...(sshConfig === undefined ? {} : { configFile: path(sshConfig) }),
    ...(port === undefined ? {} : { port }),
  }
}

function parseDestination(input: string): string {
  const destination = input.replace(/^ssh:\/\//, '')
  if (/^[\w.@:%-]+$/.test(destination) && !destination.startsWith('-')) return destination
  throw new UsageError(`"${input}" is no server`, 'write it as root@203.0.113.7, or as a Host of ~/.ssh/config')
}

function parsePort(input: string): number {
  const port = Number(input)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new UsageError(`--port "${input}": a port is a number from 1 to 65535`)
}

/** Labels of nodes are compared by these characters alone. */
export function parseZone(input: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,62}$/.test(input)) return input
  throw new UsageError(`--zone "${input}": a zone is letters, digits, dots and dashes, 63 at most`)
}

export function parseNodeName(input: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(input)) return input
  throw new UsageError(`--name "${input}": a name is lower case letters, digits and dashes, 63 at most`)
}

export function parseAddress(input: string): string {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(input)) return input
  throw new UsageError(`--address "${input}": write an IPv4 address of the server, as 10.0.0.7`)
}

/** What a server becomes that is added or invited. */
export const nodeFlags = {
  zone: {
    kind: 'parsed',
    parse: parseZone,
    optional: true,
    brief: 'Where it stands; services are spread over zones',
    placeholder: 'name',
  },
  manager: { kind: 'boolean', brief: 'Make it a manager', default: false, withNegated: false },
  worker: { kind: 'boolean', brief: 'Leave it a worker', default: false, withNegated: false },
  name: {
    kind: 'parsed',
    parse: parseNodeName,
    optional: true,
    brief: 'Its name as a node, which becomes its hostname',
    placeholder: 'name',
  },
} as const
