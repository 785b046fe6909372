import type { ProofFinding, ProvenNode } from './judge-proof.ts'
import { renderRule } from './render-rule.ts'

/** memberlist, as engines of different years have it: it is reached by TCP, after it did not answer by UDP. */
const said = /memberlist: Was able to (?:reach|connect to) (\S+) .*network may be misconfigured/
const saidAt = /^time="([^"]+)"/
/** What engines call each other, and where that is. */
const joined = /Node (\S+)\/([\d.]+), joined gossip cluster/

/**
 * Nodes to which 7946/udp does not go through, from what the engine of one has said since a moment. A cluster works without for
 * a while, because tables are compared by TCP every half a minute; names of new tasks are known that much later. Pure.
 */
export function judgeGossip(
  from: ProvenNode,
  { nodes, log, sinceMs }: { readonly nodes: readonly ProvenNode[]; readonly log: string; readonly sinceMs: number },
): readonly ProofFinding[] {
  const lines = log.split('\n')
  const addresses = new Map(lines.flatMap(findJoined))
  const deaf = new Set(lines.flatMap((line) => findDeaf(line, sinceMs)).map((id) => addresses.get(id)))
  return nodes
    .filter(({ name, address }) => deaf.has(address) && name !== from.name)
    .map((to) => ({
      about: 'gossip',
      from: from.name,
      to: to.name,
      message: `${from.name} reaches ${to.name} at 7946/tcp and not at 7946/udp`,
      remedy: `${renderRule({ from, to, port: '7946', protocol: 'udp' })}; the same on ${from.name} for ${to.address}`,
    }))
}

const findJoined = (line: string): readonly (readonly [id: string, address: string])[] => {
  const [, id, address] = joined.exec(line) ?? []
  return id === undefined || address === undefined ? [] : [[id, address]]
}

/** Of the engines that it is said of since then. */
const findDeaf = (line: string, sinceMs: number): readonly string[] => {
  const id = said.exec(line)?.[1]
  const atMs = Date.parse(saidAt.exec(line)?.[1] ?? '')
  return id === undefined || !(atMs >= sinceMs) ? [] : [id]
}
