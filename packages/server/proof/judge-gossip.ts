import type { ProofFinding, ProvenNode } from './judge-proof.ts'
import { renderRule } from './render-rule.ts'

/** memberlist, as engines of different years have it: it is reached by TCP, after it did not answer by UDP. */
const said = /memberlist: Was able to (?:reach|connect to) (\S+) .*network may be misconfigured/
const saidAt = /^time="([^"]+)"/
/** What engines call each other, and where that is. */
const joined = /Node (\S+)\/([\d.]+), joined gossip cluster/

/** A machine that is busy for seconds loses some packets too, and says the same words. A way that is closed has them said at each try. */
const leastTimes = 3
const leastMs = 10_000
/** Each engine tries one other a second, in turn. */
const tryEveryMs = 1_000

interface Listening {
  readonly nodes: readonly ProvenNode[]
  readonly log: string
  /** By the clock of the one that speaks, as all times here. */
  readonly sinceMs: number
  readonly nowMs: number
}

export interface GossipVerdict {
  readonly findings: readonly ProofFinding[]
  /** Something was said too seldom to be a closed way, and too lately to be over: to be looked at again. */
  readonly isOpen: boolean
}

/**
 * Nodes to which 7946/udp does not go through, from what the engine of one has said since a moment. A cluster works without for
 * a while, because tables are compared by TCP every half a minute; names of new tasks are known that much later. Pure.
 */
export function judgeGossip(from: ProvenNode, { nodes, log, sinceMs, nowMs }: Listening): GossipVerdict {
  const lines = log.split('\n')
  const addresses = new Map(lines.flatMap(findJoined))
  const tries = lines.flatMap(findSaid).filter(({ atMs }) => atMs >= sinceMs)
  const byAddress = Map.groupBy(tries, ({ id }) => addresses.get(id) ?? '')
  const heard = nodes.flatMap((to) => {
    const times = to.name === from.name ? [] : (byAddress.get(to.address) ?? []).map(({ atMs }) => atMs)
    return times.length === 0 ? [] : [{ to, times }]
  })
  const quietMs = Math.max(leastMs, 2 * tryEveryMs * nodes.length)
  return {
    findings: heard.filter(isClosed).map(({ to }) => toFinding(from, to)),
    isOpen: heard.some((each) => !isClosed(each) && nowMs - Math.max(...each.times) < quietMs),
  }
}

const isClosed = ({ times }: { readonly times: readonly number[] }): boolean =>
  times.length >= leastTimes && Math.max(...times) - Math.min(...times) >= leastMs

const toFinding = (from: ProvenNode, to: ProvenNode): ProofFinding => ({
  about: 'gossip',
  from: from.name,
  to: to.name,
  message: `${from.name} reaches ${to.name} at 7946/tcp and not at 7946/udp`,
  remedy: `${renderRule({ from, to, port: '7946', protocol: 'udp' })}; the same on ${from.name} for ${to.address}`,
})

const findJoined = (line: string): readonly (readonly [id: string, address: string])[] => {
  const [, id, address] = joined.exec(line) ?? []
  return id === undefined || address === undefined ? [] : [[id, address]]
}

/** Of which engine, and when. */
const findSaid = (line: string): readonly { readonly id: string; readonly atMs: number }[] => {
  const id = said.exec(line)?.[1]
  const atMs = Date.parse(saidAt.exec(line)?.[1] ?? '')
  return id === undefined || Number.isNaN(atMs) ? [] : [{ id, atMs }]
}
