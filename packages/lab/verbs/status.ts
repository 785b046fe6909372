import { isFrozen } from '../cgroups.ts'
import { readDiskUse } from '../disk.ts'
import { findInit } from '../host.ts'
import { labKinds } from '../lab-kinds.ts'
import type { Lab, LabNode, SshLogin } from '../lab.ts'
import { isLinkUp } from '../network.ts'
import { isServing } from '../registry.ts'
import { findSwarmNodes } from '../swarm.ts'
import type { SwarmNode } from '../swarm.ts'

export interface LabStatus {
  readonly name: string
  readonly kind: Lab['kind']
  readonly subnet: string
  readonly registry: string
  readonly isRegistryUp: boolean
  readonly images: Lab['images']
  readonly nodes: readonly NodeStatus[]
}

export interface NodeStatus {
  readonly name: string
  readonly zone: string
  readonly address: string
  /** Of the engine; not of a bare host, which one reaches by ssh. */
  readonly socket?: string
  readonly ssh?: SshLogin
  /** `off` after a power cut; `crashed`: the host is on, its engine or its sshd is not. */
  readonly power: 'on' | 'off' | 'paused' | 'crashed'
  readonly isLinked: boolean
  readonly disk?: { readonly usedBytes: number; readonly sizeBytes: number }
  /** What the Swarm thinks of it: `leader`, `manager`, `worker`, and `ready` or `down`; absent when no manager answers. */
  readonly role?: 'leader' | 'manager' | 'worker'
  readonly state?: string
  readonly availability?: string
}

/** Looks at every node of a lab as it is now. */
export const observeLab = async (lab: Lab): Promise<LabStatus> => {
  const [seen, isRegistryUp] = await Promise.all([findSwarmNodes(lab), isServing(lab.registry)])
  const nodes = lab.nodes.map((node) =>
    observeNode(
      lab,
      node,
      seen.find((other) => other.Description.Hostname === node.name),
    ),
  )
  return {
    name: lab.name,
    kind: lab.kind,
    subnet: lab.subnet,
    registry: lab.registry,
    isRegistryUp: isRegistryUp ?? false,
    images: lab.images,
    nodes: await Promise.all(nodes),
  }
}

const observeNode = async (lab: Lab, node: LabNode, seen: SwarmNode | undefined): Promise<NodeStatus> => {
  const initPid = await findInit(lab, node)
  return {
    name: node.name,
    zone: node.zone,
    address: node.address,
    ...(node.ssh === undefined ? { socket: node.socket } : { ssh: node.ssh }),
    power: initPid === undefined ? 'off' : await observePower(lab, node),
    isLinked: await isLinkUp(node),
    ...(initPid === undefined ? {} : { disk: await readDiskUse(node, initPid) }),
    ...(seen === undefined ? {} : describeSeen(seen)),
  }
}

const observePower = async (lab: Lab, node: LabNode): Promise<NodeStatus['power']> => {
  if (await isFrozen(lab.tag, node.name)) return 'paused'
  return (await labKinds[lab.kind].isServing(lab, node)) ? 'on' : 'crashed'
}

const describeSeen = (seen: SwarmNode): Pick<NodeStatus, 'role' | 'state' | 'availability'> => ({
  role: seen.ManagerStatus?.Leader === true ? 'leader' : seen.Spec.Role === 'manager' ? 'manager' : 'worker',
  state: seen.Status.State,
  availability: seen.Spec.Availability,
})
