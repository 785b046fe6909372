import type { NodeReport, PeerReport } from './ask-peers.ts'
import { renderRule } from './render-rule.ts'

export interface ProvenNode {
  readonly name: string
  readonly address: string
  readonly isManager: boolean
  /** It runs no task: the others knock at its ports, and it is asked nothing. */
  readonly isIdle?: boolean
}

/** What does not come through between two nodes, and what to do about it. */
export interface ProofFinding {
  /** `gossip` is 7946, `overlay` 4789; `task`: one did not start. */
  readonly about: 'silent' | 'task' | 'managers' | 'gossip' | 'overlay' | 'checksums' | 'mtu' | 'clock'
  readonly from: string
  readonly to: string
  readonly message: string
  readonly remedy: string
}

const mostSkewMs = 5_000

/** Whether it is about this node, and not about a way between others. */
export const isAbout = ({ about, from, to }: ProofFinding, node: string): boolean =>
  about === 'task' || [from, to].includes(node)

/** Empty: every node reaches every other in every way. Pure. `reports`: the last of each node. */
export function judgeProof(nodes: readonly ProvenNode[], reports: readonly NodeReport[]): readonly ProofFinding[] {
  const byName = new Map(reports.map((report) => [report.node, report]))
  return nodes.filter(isAsked).flatMap((from) => {
    const report = byName.get(from.name)
    if (report === undefined) return [silent(from)]
    return nodes
      .filter(({ name }) => name !== from.name)
      .flatMap((to) => judgeWay({ from, to, report, answer: byName.get(to.name) }))
  })
}

export const isAsked = ({ isIdle = false }: ProvenNode): boolean => !isIdle

interface Way {
  readonly from: ProvenNode
  readonly to: ProvenNode
  readonly report: NodeReport
  /** What the other end says. */
  readonly answer: NodeReport | undefined
}

const silent = ({ name }: ProvenNode): ProofFinding => ({
  about: 'silent',
  from: name,
  to: name,
  message: `nothing is heard of the task on ${name}`,
  remedy: `"docker service ps" on a manager, and Docker's log on ${name}, say why it does not run`,
})

function judgeWay(way: Way): readonly ProofFinding[] {
  const seen = way.report.peers[way.to.name]
  if (seen === undefined) return []
  const doors = seen.closed.map((door) => judgeDoor(way, door))
  const clock = judgeClock(way, seen)
  const network = isAsked(way.to) ? judgeNetwork(way, seen) : undefined
  return [...doors, ...(network === undefined ? [] : [network]), ...(clock === undefined ? [] : [clock])]
}

function judgeDoor({ from, to }: Way, door: string): ProofFinding {
  const port = door.slice(door.lastIndexOf(':') + 1)
  return {
    about: port === '2377' ? 'managers' : 'gossip',
    from: from.name,
    to: to.name,
    message: `${from.name} does not reach ${to.name} at ${port}/tcp`,
    remedy: renderRule({ from, to, port, protocol: 'tcp' }),
  }
}

function judgeNetwork({ from, to, report, answer }: Way, seen: PeerReport): ProofFinding | undefined {
  const ends = { from: from.name, to: to.name }
  if (!seen.isResolved) {
    // Without 7946/tcp it cannot be, and that is told already.
    if (seen.closed.length > 0) return undefined
    const message = `${from.name} does not learn of the task on ${to.name} (7946/udp)`
    return {
      about: 'gossip',
      ...ends,
      message,
      remedy: renderRule({ from: to, to: from, port: '7946', protocol: 'udp' }),
    }
  }
  // Who says nothing is told of once, not by everybody who asked it.
  if (answer === undefined) return undefined
  const arrives = seen.udp || seen.tcp || (answer.peers[from.name]?.hasHeard ?? false)
  if (!arrives) return judgeNothing({ from, to, report, answer })
  const isSmallWell = seen.udp && seen.tcp
  if (!isSmallWell || (seen.largeUdp && seen.largeTcp)) return undefined
  return {
    about: 'mtu',
    ...ends,
    message: `small packets go from ${from.name} to ${to.name} and back, large ones do not`,
    remedy:
      `the link between them carries less than the usual 1500 bytes: raise its MTU, or let the app's networks be smaller ` +
      `("driver_opts: {com.docker.network.driver.mtu: 1350}"); "ping -M do -s 1472 ${to.address}" on ${from.name} shows it`,
  }
}

/** Nothing of a node's arrives at the other, though each knows where the other is. */
function judgeNothing({ from, to, answer }: Way): ProofFinding {
  const ends = { from: from.name, to: to.name }
  if ((answer?.badChecksums ?? 0) > 0) {
    return {
      about: 'checksums',
      ...ends,
      message: `what ${from.name} sends arrives at ${to.name} with wrong checksums, and is dropped`,
      remedy: `the network card of ${from.name} does not fill them in for VXLAN: "ethtool -K DEVICE tx-udp_tnl-segmentation off tx off" there, at each boot`,
    }
  }
  return {
    about: 'overlay',
    ...ends,
    message: `nothing goes from ${from.name} to ${to.name} on a network of the cluster (4789/udp)`,
    remedy: renderRule({ from, to, port: '4789', protocol: 'udp' }),
  }
}

function judgeClock({ from, to }: Way, { skewMs = 0 }: PeerReport): ProofFinding | undefined {
  // Each pair is told once.
  if (Math.abs(skewMs) < mostSkewMs || from.name > to.name) return undefined
  return {
    about: 'clock',
    from: from.name,
    to: to.name,
    message: `the clock of ${to.name} is ${Math.round(Math.abs(skewMs) / 1000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} that of ${from.name}`,
    remedy: 'keep time on both: "apt-get install systemd-timesyncd" and "timedatectl set-ntp true", or chrony',
  }
}
