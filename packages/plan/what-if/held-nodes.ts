import { findDrain } from '../drain.ts'
import type { Drain } from '../drain.ts'
import type { ObservedNode } from '../observed.ts'
import type { Occupancy, PlacedService } from './occupancy.ts'
import { openRooms } from './room.ts'
import { whatIf } from './what-if.ts'
import type { WhatIf } from './outcome.ts'
import { findConstraint } from '../constraints.ts'
import { isWitness } from '../witness.ts'

/** A node with what services hold of it. */
export interface HeldNode {
  readonly id: string
  readonly name: string
  /** Its label `zone`. */
  readonly zone?: string
  readonly role: 'leader' | 'manager' | 'worker'
  readonly state: ObservedNode['state']
  readonly availability: ObservedNode['availability']
  /** It votes and runs nothing. */
  readonly isWitness: boolean
  /** It is being drained, or is drained. */
  readonly drain?: Drain
  readonly engineVersion: string
  readonly address: string
  readonly nanoCpus: number
  readonly memoryBytes: number
  /** Reserved by tasks there, whosever; not what they use. */
  readonly heldNanoCpus: number
  readonly heldMemoryBytes: number
  /** Tasks that are wanted there. */
  readonly tasks: number
}

/** One node in full. */
export interface NodeDetail {
  readonly node: HeldNode
  readonly labels: Readonly<Record<string, string>>
  /** `linux/x86_64`. */
  readonly platform: string
  /** Those with tasks there. */
  readonly services: readonly ServiceThere[]
  /** Those that hold a service to it: their content is nowhere else. */
  readonly volumes: readonly VolumeThere[]
  /** What its loss would do. */
  readonly loss: WhatIf
}

export interface ServiceThere {
  /** Absent: somebody else's. */
  readonly ref?: { readonly app: string; readonly environment: string }
  readonly service: string
  readonly mode: 'replicated' | 'global'
  /** Wanted there. */
  readonly tasks: number
}

export interface VolumeThere {
  readonly volume: string
  readonly ref?: { readonly app: string; readonly environment: string }
  readonly service: string
}

/** Every node, in the order of the occupancy. */
export const listHeldNodes = (occupancy: Occupancy): readonly HeldNode[] =>
  [...openRooms(occupancy).values()].map(({ node, memoryBytes, nanoCpus, tasks }) => ({
    id: node.id,
    name: node.name,
    ...(node.labels['zone'] === undefined ? {} : { zone: node.labels['zone'] }),
    role: roleOf(node),
    state: node.state,
    availability: node.availability,
    isWitness: isWitness(node),
    ...optionalDrain(node),
    engineVersion: node.engineVersion,
    address: node.address,
    nanoCpus: node.nanoCpus,
    memoryBytes: node.memoryBytes,
    heldNanoCpus: node.nanoCpus - nanoCpus,
    heldMemoryBytes: node.memoryBytes - memoryBytes,
    tasks,
  }))

const optionalDrain = (node: ObservedNode): { readonly drain?: Drain } => {
  const drain = findDrain(node)
  return drain === undefined ? {} : { drain }
}

const roleOf = ({ isManager, isLeader }: ObservedNode): HeldNode['role'] =>
  isLeader ? 'leader' : isManager ? 'manager' : 'worker'

/** Undefined: there is no node of that id. */
export const findNodeDetail = (occupancy: Occupancy, nodeId: string): NodeDetail | undefined => {
  const node = listHeldNodes(occupancy).find(({ id }) => id === nodeId)
  const observed = occupancy.nodes.find(({ id }) => id === nodeId)
  if (node === undefined || observed === undefined) return undefined
  return {
    node,
    labels: observed.labels,
    platform: `${observed.os}/${observed.architecture}`,
    services: occupancy.services.flatMap((service) => describeThere(service, nodeId)),
    volumes: occupancy.services.flatMap((service) => listVolumesThere(service, nodeId)),
    loss: whatIf(occupancy, [nodeId]),
  }
}

const describeThere = ({ ref, name, rules, tasks }: PlacedService, nodeId: string): readonly ServiceThere[] => {
  const there = tasks.filter((task) => task.nodeId === nodeId && task.isWanted).length
  if (there === 0) return []
  return [{ ...(ref === undefined ? {} : { ref }), service: name, mode: rules.mode.kind, tasks: there }]
}

/** Also of a service that does not run now, as it can start nowhere else. */
const listVolumesThere = ({ ref, name, rules, tasks }: PlacedService, nodeId: string): readonly VolumeThere[] => {
  const isThere = isPinned(rules.placement.constraints, nodeId) || tasks.some((task) => task.nodeId === nodeId)
  if (!isThere) return []
  return rules.volumes.map((volume) => ({ volume, ...(ref === undefined ? {} : { ref }), service: name }))
}

const isPinned = (constraints: readonly string[], nodeId: string): boolean =>
  constraints.map(findConstraint).some((found) => {
    const { key = '', operator, value } = found ?? {}
    return key.toLowerCase() === 'node.id' && operator === '==' && value === nodeId
  })
