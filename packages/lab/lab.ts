import { z } from 'zod'
import * as names from './names.ts'

/** What is stored of a lab (`lab.json`): only what cannot be derived or observed. */
export const labRecordSchema = z.object({
  name: z.string(),
  /** `swarm`: hosts with an engine each, in one Swarm; `bare`: hosts that are a Debian with sshd and nothing else. */
  kind: z.enum(['swarm', 'bare']).default('swarm'),
  /** `starting` until the first `up` has come to its end: such a lab is removed and made anew by the next `up`. */
  phase: z.enum(['starting', 'up']),
  /** The lab's network is 10.231.INDEX.0/24. */
  subnetIndex: z.number().int().min(0).max(255),
  registryPort: z.number().int(),
  nodes: z.number().int().min(1).max(20),
  /** None of a bare lab: what becomes of its hosts is not the lab's to say. */
  managers: z.number().int().min(0),
  zones: z.number().int().min(1),
  heartbeatMs: z.number().int(),
  diskBytes: z.number().int(),
  /** Folder in the cache that the roots of bare hosts are copies of; theirs for good, whatever is newer by then. */
  debianRoot: z.string().optional(),
  /** Digest references, once published. */
  images: z.object({ base: z.string(), node: z.string() }).optional(),
})

export type LabRecord = Readonly<z.infer<typeof labRecordSchema>>

/** A lab as everybody uses it: addresses, paths and names; plain data, true whether or not it runs. */
export interface Lab {
  readonly name: string
  readonly kind: LabRecord['kind']
  /** Name and hash of the folder; stands in every namespace, cgroup and firewall rule of the lab. */
  readonly tag: string
  readonly home: string
  readonly folder: string
  readonly phase: LabRecord['phase']
  readonly bridge: string
  readonly subnet: string
  readonly gateway: string
  readonly registryPort: number
  /** `127.0.0.1:PORT`, the same on the machine and inside every host. */
  readonly registry: string
  readonly heartbeatMs: number
  readonly diskBytes: number
  readonly debianRoot: string | undefined
  readonly images: { readonly base: string; readonly node: string } | undefined
  readonly nodes: readonly LabNode[]
}

export interface LabNode {
  readonly name: string
  readonly isManager: boolean
  readonly zone: string
  readonly address: string
  readonly mac: string
  readonly folder: string
  /** How to log in from the machine; bare hosts only. */
  readonly ssh: SshLogin | undefined
  /** Path of the engine's unix socket, reachable from the machine: `docker -H unix://SOCKET`. Bare hosts have none. */
  readonly socket: string
  /** File behind the host's own filesystem, and where that is seen inside the host. */
  readonly diskImage: string
  readonly disk: string
  readonly namespace: string
  /** The machine's end of the host's link. */
  readonly link: string
}

/** What ssh(1) has to be told. */
export interface SshLogin {
  readonly user: 'root'
  readonly address: string
  readonly port: number
  readonly identityFile: string
  readonly knownHostsFile: string
}

/** Everything that follows from the stored record. Pure. */
export const describeLab = (record: LabRecord, home: string): Lab => {
  const tag = names.labTag(home, record.name)
  const folder = names.labFolder(home, record.name)
  const network = `10.231.${record.subnetIndex}`
  return {
    name: record.name,
    kind: record.kind,
    tag,
    home,
    folder,
    phase: record.phase,
    bridge: names.bridgeName(tag),
    subnet: `${network}.0/24`,
    gateway: `${network}.1`,
    registryPort: record.registryPort,
    registry: `127.0.0.1:${record.registryPort}`,
    heartbeatMs: record.heartbeatMs,
    diskBytes: record.diskBytes,
    debianRoot: record.debianRoot,
    images: record.images,
    nodes: Array.from({ length: record.nodes }, (_, position) =>
      describeNode(record, { tag, folder, network, position }),
    ),
  }
}

interface NodePlace {
  readonly tag: string
  readonly folder: string
  readonly network: string
  readonly position: number
}

const describeNode = (record: LabRecord, place: NodePlace): LabNode => {
  const number = place.position + 1
  const name = `node-${number}`
  const folder = `${place.folder}/${name}`
  const hostByte = number + 10
  const address = `${place.network}.${hostByte}`
  return {
    name,
    isManager: number <= record.managers,
    zone: String.fromCodePoint('a'.charCodeAt(0) + (place.position % record.zones)),
    address,
    mac: names.macAddress(record.subnetIndex, hostByte),
    folder,
    ssh: record.kind === 'bare' ? describeLogin(place.folder, address) : undefined,
    socket: `${folder}/docker.sock`,
    diskImage: `${folder}/disk.img`,
    disk: record.kind === 'bare' ? '/' : `${folder}/disk`,
    namespace: names.namespaceName(place.tag, name),
    link: names.linkName(place.tag, number),
  }
}

const describeLogin = (folder: string, address: string): SshLogin => ({
  user: 'root',
  address,
  port: 22,
  identityFile: `${folder}/ssh/id_ed25519`,
  knownHostsFile: `${folder}/ssh/known_hosts`,
})
