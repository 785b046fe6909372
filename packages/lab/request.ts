import { LabError } from './errors.ts'
import type { LabRecord } from './lab.ts'

/** What somebody wants of a lab; all but the name has a default. */
export interface LabRequest {
  readonly name: string
  /** Hosts that are a Debian with sshd and nothing else; otherwise each has an engine and they are one Swarm. */
  readonly bare?: boolean
  /** 1 to 20; 3 by default. */
  readonly nodes?: number
  /** Odd; by default as many of the first three nodes as is odd. */
  readonly managers?: number
  /** How many zones the nodes are dealt to in turn (zone=a, zone=b ...); by default each node has its own. */
  readonly zones?: number
  /** How often a node reports to the managers; 5000 by default. Under 5000 nodes flap when the processor is busy. */
  readonly heartbeatMs?: number
  /** Size of each host's filesystem; 4 GiB by default. It takes only what is written. */
  readonly diskBytes?: number
}

export type LabShape = Omit<LabRecord, 'phase' | 'subnetIndex' | 'registryPort' | 'debianRoot' | 'images'>

const DEFAULTS = { nodes: 3, heartbeatMs: 5000, diskBytes: 4 * 1024 ** 3 }
const MINIMUM_DISK_BYTES = 256 * 1024 ** 2
// sun_path holds 108 bytes, the last of which is a zero.
const LONGEST_SOCKET = 107

/** Fills in defaults. Throws LabError `bad-request`. */
export const parseRequest = (request: LabRequest, home: string): LabShape => {
  const nodes = request.nodes ?? DEFAULTS.nodes
  const shape: LabShape = {
    name: request.name,
    kind: request.bare === true ? 'bare' : 'swarm',
    nodes,
    managers: request.managers ?? (request.bare === true ? 0 : nodes >= 3 ? 3 : 1),
    zones: request.zones ?? nodes,
    heartbeatMs: request.heartbeatMs ?? DEFAULTS.heartbeatMs,
    diskBytes: request.diskBytes ?? DEFAULTS.diskBytes,
  }
  const wrong = findMistake(shape, home)
  if (wrong !== undefined) throw new LabError('bad-request', `make lab ${request.name}: ${wrong}`)
  return shape
}

/** Throws `bad-request` unless the name can be a lab's. */
export const checkName = (name: string, home: string): void => {
  const wrong = findNameMistake(name, home)
  if (wrong !== undefined) throw new LabError('bad-request', `lab ${name}: ${wrong}`)
}

const findMistake = (shape: LabShape, home: string): string | undefined => {
  const { nodes, zones } = shape
  if (!isBetween(nodes, 1, 20)) return `${nodes} nodes; 1 to 20 are possible`
  const wrong = shape.kind === 'bare' ? findBareMistake(shape) : findManagersMistake(shape)
  if (wrong !== undefined) return wrong
  if (!isBetween(zones, 1, 20)) return `${zones} zones; 1 to 20 are possible`
  if (!isBetween(shape.heartbeatMs, 500, 60_000)) return 'the heartbeat must be between 0.5 and 60 seconds'
  if (!isBetween(shape.diskBytes, MINIMUM_DISK_BYTES, 2 ** 44)) return 'a disk must have 256 MiB or more'
  return findNameMistake(shape.name, home)
}

const findBareMistake = ({ managers }: LabShape): string | undefined =>
  managers === 0 ? undefined : 'bare hosts form no Swarm, so none of them is a manager; leave --managers out'

const findManagersMistake = ({ nodes, managers }: LabShape): string | undefined => {
  if (!isBetween(managers, 1, nodes)) return `${managers} managers of ${nodes} nodes; give 1 to ${nodes}`
  if (managers % 2 === 0) return `${managers} managers survive no more losses than ${managers - 1}; give an odd number`
  return undefined
}

const findNameMistake = (name: string, home: string): string | undefined => {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) return 'a name has 1 to 31 of a-z, 0-9 and -, and begins with a letter'
  if (!home.startsWith('/')) return `ATOLL_LAB_HOME (${home}) must be an absolute path`
  if (`${home}/${name}/node-20/docker.sock`.length > LONGEST_SOCKET) {
    return `the path of its sockets in ${home} is over ${LONGEST_SOCKET} characters; set ATOLL_LAB_HOME to a shorter one`
  }
  return undefined
}

const isBetween = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high
