import type { NodeReport, PeerReport } from './ask-peers.ts'

export interface ProvenNode {
  readonly name: string
  readonly address: string
  readonly isManager: boolean
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

/** Empty: every node reaches every other in every way. Pure. `reports`: the last of each node. */
export function judgeProof(nodes: readonly ProvenNode[], reports: readonly NodeReport[]): readonly ProofFinding[] {
  const byName = new Map(reports.map((report) => [report.node, report]))
  return nodes.flatMap((from) => {
    const report = byName.get(from.name)
    if (report === undefined) return [silent(from)]
    return nodes
      .filter(({ name }) => name !== from.name)
      .flatMap((to) => judgeWay({ from, to, report, answer: byName.get(to.name) }))
  })
}

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
  const network = judgeNetwork(way, seen)
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

interface Rule {
  readonly from: ProvenNode
  readonly to: ProvenNode
  readonly port: string
  readonly protocol: 'tcp' | 'udp'
}

/** One line for what most servers have, one for whose firewall is elsewhere. */
const renderRule = ({ from, to, port, protocol }: Rule): string =>
  `on ${to.name}: iptables -I INPUT -p ${protocol} -s ${from.address} --dport ${port} -j ACCEPT (or ufw allow proto ${protocol} ` +
  `from ${from.address} to any port ${port}), and the same in a firewall of the provider`

function judgeNetwork({ from, to, report, answer }: Way, seen: PeerReport): ProofFinding | undefined {
  const ends = { from: from.name, to: to.name }
  if (!seen.isResolved) {
    // Without 7946/tcp it cannot be, and that is told already.
    if (seen.closed.length > 0) return undefined
    const message = `${from.name} does not learn of the task on ${to.name}`
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
