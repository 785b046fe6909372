import { checkEngine } from '@atoll/engine/known-engines'
import type { ServerFacts } from './facts.ts'
import type { Finding } from './finding.ts'

/** What a server is to become. */
export interface WantedServer {
  /** Nodes of the cluster it is to join; absent: it is to be the first. */
  readonly cluster?: WantedCluster
  readonly isManager: boolean
  /** It votes and runs nothing of Atoll's. */
  readonly isWitness?: boolean
  /** False: the cluster serves no routes, and somebody else may have 80 and 443. True unless said. */
  readonly hasIngress?: boolean
  /** Ports its nodes have besides, for streams of apps. */
  readonly streamPorts?: readonly number[]
  /** Its name as a node; its hostname unless said. */
  readonly name?: string
  /** Whose clock it is compared with: `that of the cluster`; the one here unless said. */
  readonly clockOf?: string
}

export interface WantedCluster {
  readonly nodes: readonly { readonly id: string; readonly name: string }[]
}

type Check = (facts: ServerFacts, wanted: WantedServer) => Finding | undefined

const mebibyte = 1024 ** 2
const gibibyte = 1024 ** 3

/** The programs of the platform have limits of 900 MB on a manager and 500 on a worker. */
const leastMemoryBytes = 480 * mebibyte
const goodMemoryBytes = { manager: 1900 * mebibyte, worker: 900 * mebibyte }
/** An engine that runs nothing, and its Raft. */
const leastOfWitness = 240 * mebibyte
const leastDiskBytes = 2 * gibibyte
const goodDiskBytes = 10 * gibibyte
/** Certificates of a Swarm are good from an hour ago; leases and what is signed for minutes need less. */
const mostSkewMs = 5_000

/** In the order a person would look. Pure: nothing is asked, nothing is changed. */
export const checkServer = (facts: ServerFacts, wanted: WantedServer): readonly Finding[] =>
  checks.flatMap((check) => check(facts, wanted) ?? [])

const checks: readonly Check[] = [
  ({ system, hasApt }) =>
    hasApt && /^(debian|ubuntu|raspbian) /.test(`${system} `)
      ? undefined
      : {
          kind: hasApt ? 'notice' : 'refuses',
          about: 'system',
          message: `it runs ${system || 'a system that does not say what it is'}`,
          why: 'Docker is installed from the packages of Debian and Ubuntu, and tried on these',
          remedy: hasApt
            ? 'it may work all the same'
            : 'take a Debian or Ubuntu, or install Docker and form the Swarm by hand',
        },
  ({ kernel }) =>
    refuseLacking('overlay', kernel.hasOverlay, 'images and containers are kept in overlays', kernel.release),
  ({ kernel }) =>
    refuseLacking('vxlan', kernel.hasVxlan, 'the networks of apps go from node to node in VXLAN', kernel.release),
  ({ kernel }) => refuseLacking('cgroup', kernel.hasCgroups, 'limits of memory need cgroups', kernel.release),
  checkMemory,
  checkDisk,
  checkClock,
  ({ resolvesNames, engine }) =>
    resolvesNames
      ? undefined
      : {
          kind: engine.kind === 'absent' ? 'refuses' : 'notice',
          about: 'dns',
          message: 'it finds no address for deb.debian.org',
          why: 'packages and images are fetched by name',
          remedy: 'mend /etc/resolv.conf there; "getent hosts deb.debian.org" must print an address',
        },
  checkAddress,
  checkPorts,
  ({ brokenPackages }) =>
    brokenPackages.length === 0
      ? undefined
      : {
          kind: 'mendable',
          about: 'packages',
          message: `packages are half installed: ${brokenPackages.join(', ')}`,
          why: 'an installation was interrupted, and nothing else can be installed before it is finished',
          remedy: 'it is finished by "dpkg --configure -a" and "apt-get --fix-broken install"',
        },
  checkInstalled,
  checkSwarm,
  checkName,
]

function refuseLacking(about: string, isThere: boolean, why: string, release: string): Finding | undefined {
  if (isThere) return undefined
  return {
    kind: 'refuses',
    about,
    message: `its kernel (${release}) has no ${about}`,
    why,
    remedy: 'boot the kernel of the distribution; a container or a kernel of the provider may lack modules',
  }
}

function checkMemory(facts: ServerFacts, { isManager, isWitness = false }: WantedServer): Finding | undefined {
  if (isWitness) return checkMemoryOfWitness(facts)
  const { memoryBytes } = facts
  const role = isManager ? 'manager' : 'worker'
  if (memoryBytes >= goodMemoryBytes[role]) return undefined
  const isTooLittle = memoryBytes < leastMemoryBytes
  return {
    kind: isTooLittle ? 'refuses' : 'notice',
    about: 'memory',
    message: `it has ${Math.round(memoryBytes / mebibyte)} MB of memory`,
    why: `an engine and Atoll's own programs take up to ${isManager ? 900 : 500} MB on a ${role}`,
    remedy: isTooLittle ? 'take a server with 1 GB or more' : 'leave it to small apps, or take more',
  }
}

function checkMemoryOfWitness({ memoryBytes }: ServerFacts): Finding | undefined {
  if (memoryBytes >= leastOfWitness) return undefined
  return {
    kind: 'refuses',
    about: 'memory',
    message: `it has ${Math.round(memoryBytes / mebibyte)} MB of memory`,
    why: 'an engine that votes takes some 150 MB beside the system',
    remedy: 'take a server with 512 MB or more',
  }
}

function checkDisk({ disk }: ServerFacts): Finding | undefined {
  if (disk.freeBytes >= goodDiskBytes) return undefined
  const isFull = disk.freeBytes < leastDiskBytes
  return {
    kind: isFull ? 'refuses' : 'notice',
    about: 'disk',
    message: `/var/lib/docker has ${(disk.freeBytes / gibibyte).toFixed(1)} GB free`,
    why: 'images, volumes and the state of the cluster are kept there; a full disk stops all of it',
    remedy: isFull
      ? 'make room ("apt-get clean", "journalctl --vacuum-size=100M") or mount a larger disk'
      : 'watch "atoll df"',
  }
}

function checkClock(
  { clock: { aheadMs, uncertainMs } }: ServerFacts,
  { clockOf = 'the one here' }: WantedServer,
): Finding | undefined {
  const skewMs = Math.max(0, Math.abs(aheadMs) - uncertainMs)
  if (skewMs < mostSkewMs) return undefined
  return {
    kind: 'refuses',
    about: 'clock',
    message: `its clock is ${Math.round(skewMs / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${clockOf}`,
    why: 'certificates are not good yet or any more, leases end too soon, and logs are out of order',
    remedy:
      'keep time there: "apt-get install systemd-timesyncd" and "timedatectl set-ntp true", or chrony; or mend the clock here',
  }
}

function checkAddress({ addresses }: ServerFacts): Finding | undefined {
  const [first] = addresses
  if (first === undefined) {
    return {
      kind: 'refuses',
      about: 'address',
      message: 'it has no IPv4 address but its own loopback',
      why: 'nodes reach each other by it',
      remedy: 'bring its network up',
    }
  }
  if (first.isPrivate) return undefined
  return {
    kind: 'notice',
    about: 'address',
    message: `its only address is public: ${first.address}`,
    why: 'what apps say to each other goes from node to node unencrypted, and 2377, 7946 and 4789 are open to the world',
    remedy: 'give the servers a private network, and let a firewall pass these ports between the nodes alone',
  }
}

interface NeededPort {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  readonly use: string
}

const swarmPorts: readonly NeededPort[] = [
  { protocol: 'tcp', port: 2377, use: 'the managers of a Swarm' },
  { protocol: 'tcp', port: 7946, use: 'the nodes of a Swarm' },
  { protocol: 'udp', port: 7946, use: 'the nodes of a Swarm' },
  { protocol: 'udp', port: 4789, use: 'the networks of apps' },
]

/** A witness has none of these. */
const platformPorts: readonly NeededPort[] = [{ protocol: 'tcp', port: 8443, use: "Atoll's API" }]
const ingressPorts: readonly NeededPort[] = [
  { protocol: 'tcp', port: 80, use: 'requests for apps' },
  { protocol: 'tcp', port: 443, use: 'requests for apps' },
]

function checkPorts({ listening, engine }: ServerFacts, wanted: WantedServer): Finding | undefined {
  // A node's own engine and platform listen there, and so they should.
  if (engine.kind === 'answering' && engine.swarm.kind === 'member') return undefined
  const taken = listPorts(wanted).filter((needed) =>
    listening.some(({ protocol, port }) => protocol === needed.protocol && port === needed.port),
  )
  if (taken.length === 0) return undefined
  const names = taken.map(({ port, protocol, use }) => `${port}/${protocol} (${use})`)
  return {
    kind: 'refuses',
    about: 'ports',
    message: `somebody else listens at ${names.join(', ')}`,
    why: 'a node needs them for itself',
    remedy: `see who it is with "ss -lntup", and end it${canKeep(taken, wanted) ? '; or keep it, and serve no routes by nodes: "atoll init --ingress off"' : ''}`,
  }
}

const listPorts = ({ isWitness = false, hasIngress = true, streamPorts = [] }: WantedServer): readonly NeededPort[] => [
  ...swarmPorts,
  ...(isWitness ? [] : platformPorts),
  ...(isWitness || !hasIngress ? [] : ingressPorts),
  ...(isWitness ? [] : streamPorts.map((port) => ({ protocol: 'tcp', port, use: 'streams of apps' }) as const)),
]

/** A cluster that is there has made its choice. */
const canKeep = (taken: readonly NeededPort[], { cluster }: WantedServer): boolean =>
  cluster === undefined && taken.every((each) => ingressPorts.includes(each))

function checkInstalled({ engine, hasApt }: ServerFacts): Finding | undefined {
  switch (engine.kind) {
    case 'absent':
      return {
        kind: hasApt ? 'mendable' : 'refuses',
        about: 'engine',
        message: 'Docker is not installed',
        why: 'everything runs in it',
        remedy: 'it is installed from the distribution (docker.io)',
      }
    case 'silent':
      return {
        kind: 'mendable',
        about: 'engine',
        message: 'Docker is installed and does not answer',
        why: 'everything runs in it',
        remedy: 'its installation is finished and it is started',
      }
    case 'answering':
      return judgeVersion(engine.version)
  }
}

function judgeVersion(version: string): Finding | undefined {
  const { state, message, hint = '' } = checkEngine('it', version)
  if (state === 'good') return undefined
  const kind = state === 'bad' ? 'refuses' : 'notice'
  return { kind, about: 'engine', message, why: 'versions that are known to misbehave cost nights', remedy: hint }
}

function checkSwarm({ engine }: ServerFacts, { cluster }: WantedServer): Finding | undefined {
  if (engine.kind !== 'answering' || engine.swarm.kind === 'none') return undefined
  const { nodeId, state } = engine.swarm
  if (cluster?.nodes.some(({ id }) => id === nodeId)) {
    return {
      kind: 'notice',
      about: 'swarm',
      message: 'it is a node of this cluster already',
      why: 'joining goes on where it was',
      remedy: 'nothing is to be done',
    }
  }
  if (state === 'pending' || state === 'error') {
    return {
      kind: 'mendable',
      about: 'swarm',
      message: `it began to join a Swarm and did not finish (${state})`,
      why: 'it can join none before it leaves that',
      remedy: 'it leaves it, and joins anew',
    }
  }
  return {
    kind: 'refuses',
    about: 'swarm',
    message: 'it is a node of another Swarm',
    why: cluster === undefined ? 'a Swarm is formed on a server that is in none' : 'a server is in one Swarm at most',
    remedy: 'when nothing there is wanted any more: "docker swarm leave --force" on it; its tasks end then',
  }
}

function checkName({ hostname, engine }: ServerFacts, { cluster, name = hostname }: WantedServer): Finding | undefined {
  const ownId = engine.kind === 'answering' && engine.swarm.kind === 'member' ? engine.swarm.nodeId : undefined
  const isTaken = cluster?.nodes.some((node) => node.name === name && node.id !== ownId) ?? false
  if (!isTaken) return undefined
  return {
    kind: 'refuses',
    about: 'name',
    message: `there is a node named ${name} already`,
    why: 'nodes are told apart by their names',
    remedy: 'give it another with --name; if it is the same server set up anew, "atoll node rm" the old one first',
  }
}
