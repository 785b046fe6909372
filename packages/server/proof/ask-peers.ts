/**
 * Runs in a task on each node: answers the tasks of the other nodes, asks them, and tells what came through as JSON lines. It is
 * given to the container as text, so it is one file and takes nothing but Node.
 */
import { createSocket } from 'node:dgram'
import type { Socket as Datagrams } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface AskPeers {
  /** The node this runs on. */
  readonly node: string
  readonly peers: readonly Peer[]
  readonly port: number
}

export interface Peer {
  readonly node: string
  /** Name by which its task is found on the network they share; a node that takes no tasks has none. */
  readonly host?: string
  /** `10.0.0.5:7946`: what has to be open at the node itself. */
  readonly doors: readonly string[]
}

/** What one node knows of the way to and from another. */
export interface PeerReport {
  isResolved: boolean
  /** A few bytes went there and back. */
  tcp: boolean
  udp: boolean
  /** As many as a packet of the network holds, or a whole stream of them. */
  largeTcp: boolean
  largeUdp: boolean
  /** Something of that node's came here. */
  hasHeard: boolean
  /** Doors nobody answered at. */
  closed: readonly string[]
  /** That node's clock minus this one's. */
  skewMs?: number
}

export interface NodeReport {
  readonly node: string
  readonly peers: Readonly<Record<string, PeerReport>>
  /** Packets this task was sent with a checksum that is wrong. */
  readonly badChecksums: number
  readonly isComplete: boolean
}

const pauseMs = 400
const answerMs = 2_000
/** Of a network with the usual 1450: less the headers of IP and UDP, and some room. */
const largeDatagramBytes = 1_400
const largeStreamBytes = 200_000

/** Tells after each round, and goes on for the sake of the others until the signal ends. */
export async function askPeers(
  request: AskPeers,
  tell: (report: NodeReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const reports = new Map(request.peers.map((peer) => [peer.node, emptyReport(peer)]))
  const hear = (node: string): void => {
    const report = reports.get(node)
    if (report) report.hasHeard = true
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let text = ''
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\n')
      const head = text.slice(0, end).split(' ')
      if (end < 0 || text.length < end + 1 + Number(head[1])) return
      hear(head[0] ?? '')
      socket.end(`${Date.now()}\n${'x'.repeat(Number(head[1]))}`)
    })
  }).listen(request.port)
  const datagrams = createSocket('udp4')
  const answered = new Map<string, () => void>()
  datagrams.on('error', () => undefined)
  datagrams.on('message', (message, from) => {
    const [kind = '', node = '', id = ''] = message.toString('latin1').split(' ')
    hear(node)
    if (kind === 'answer') return answered.get(id)?.()
    message.write('answer', 'latin1')
    datagrams.send(message, from.port, from.address)
  })
  datagrams.bind(request.port)
  signal.addEventListener('abort', () => void [server.close(), datagrams.close()], { once: true })
  while (!signal.aborted) {
    await Promise.all(
      request.peers.map((peer) =>
        ask({ ...request, datagrams, answered }, peer, reports.get(peer.node) ?? emptyReport(peer)),
      ),
    )
    tell({
      node: request.node,
      peers: Object.fromEntries(reports),
      badChecksums: countBadChecksums(),
      isComplete: request.peers.every((peer) => isWell(peer, reports.get(peer.node) ?? emptyReport(peer))),
    })
    await delay(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** A door is closed until somebody has answered there. */
const emptyReport = ({ doors }: Peer): PeerReport => ({
  isResolved: false,
  tcp: false,
  udp: false,
  largeTcp: false,
  largeUdp: false,
  hasHeard: false,
  closed: doors,
})

const isWell = ({ host }: Peer, report: PeerReport): boolean =>
  report.closed.length === 0 && (host === undefined || isConnected(report))

const isConnected = (report: PeerReport): boolean =>
  report.isResolved && report.tcp && report.udp && report.largeTcp && report.largeUdp && report.hasHeard

interface Asking extends AskPeers {
  readonly datagrams: Datagrams
  readonly answered: Map<string, () => void>
}

/** What came through once is not asked again. */
async function ask(asking: Asking, peer: Peer, report: PeerReport): Promise<void> {
  if (isWell(peer, report)) return
  const knocks = await Promise.all(peer.doors.map(async (door) => ({ door, isOpen: await isOpen(door) })))
  report.closed = knocks.filter((knock) => !knock.isOpen).map(({ door }) => door)
  if (peer.host === undefined) return
  const address = await lookup(peer.host, 4).then(
    (found) => found.address,
    () => undefined,
  )
  report.isResolved = address !== undefined
  if (address === undefined) return
  await Promise.all([
    report.udp || sendTo(asking, address, 100).then((isSo) => (report.udp = isSo)),
    report.largeUdp || sendTo(asking, address, largeDatagramBytes).then((isSo) => (report.largeUdp = isSo)),
    report.tcp || measure(asking, address, report),
    report.largeTcp || stream(asking, address, largeStreamBytes).then((at) => (report.largeTcp = at !== undefined)),
  ])
}

async function measure(asking: Asking, address: string, report: PeerReport): Promise<void> {
  const beforeMs = Date.now()
  const thereMs = await stream(asking, address, 0)
  report.tcp = thereMs !== undefined
  if (thereMs !== undefined) report.skewMs = Math.round(thereMs - (beforeMs + Date.now()) / 2)
}

/** True: as many bytes came back. */
function sendTo({ datagrams, answered, node, port }: Asking, address: string, bytes: number): Promise<boolean> {
  const id = String(Math.random()).slice(2)
  const message = Buffer.alloc(bytes, ' ')
  message.write(`asking ${node} ${id} `, 'latin1')
  return new Promise((resolve) => {
    const end = (isSo: boolean): void => {
      answered.delete(id)
      resolve(isSo)
    }
    answered.set(id, () => end(true))
    setTimeout(end, answerMs, false)
    datagrams.send(message, port, address)
  })
}

/** The time there, once as many bytes went there and came back. */
function stream({ node, port }: Asking, address: string, bytes: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address)
    let text = ''
    socket.setTimeout(answerMs, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('close', () => {
      const [time = '', ...rest] = text.split('\n')
      resolve(time !== '' && rest.join('').length === bytes ? Number(time) : undefined)
    })
    socket.write(`${node} ${bytes}\n${'x'.repeat(bytes)}`)
  })
}

function isOpen(door: string): Promise<boolean> {
  return new Promise((resolve) => {
    const at = door.lastIndexOf(':')
    const socket = connect(Number(door.slice(at + 1)), door.slice(0, at))
    socket.setTimeout(answerMs, () => socket.destroy())
    socket.on('connect', () => {
      resolve(true)
      socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(false))
  })
}

/** proc(5), /proc/net/snmp: a line of names, then a line of numbers, for each protocol. */
function countBadChecksums(): number {
  const lines = readFileSync('/proc/net/snmp', 'utf8').split('\n')
  let sum = 0
  for (const [at, line] of lines.entries()) {
    const column = line.split(' ').indexOf('InCsumErrors')
    if (column > 0 && /^(Tcp|Udp):/.test(line)) sum += Number(lines[at + 1]?.split(' ')[column] ?? 0)
  }
  return sum
}
