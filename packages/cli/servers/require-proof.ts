import type { HeldNode } from '@atoll/plan'
import { isAbout, isTaking } from '@atoll/server'
import type { ProofFinding, ProofImage } from '@atoll/server'
import type { Cli } from '../cli.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { proveNodes } from './prove-nodes.ts'

interface Proving {
  readonly cluster: Cluster
  /** The one it is about. */
  readonly node: HeldNode
  readonly image: ProofImage
  /** It is a worker, becomes a manager, and somebody answers at its port of the managers meanwhile. */
  readonly isCandidate: boolean
  /** What is found on the server itself, once the tasks have spoken. */
  readonly lookThere: (nodes: readonly HeldNode[]) => Promise<readonly ProofFinding[]>
  /** Takes the node out again; absent: it was there before us, and stays. */
  readonly undo: (() => Promise<void>) | undefined
  readonly onNote: (note: string) => void
}

/** Names of the nodes it was proven with. CommandError `not-proven` with every reason; the node is out again then. */
export const requireProof = async (cli: Cli, proving: Proving): Promise<readonly string[]> => {
  const { cluster, node, image, isCandidate, lookThere, onNote } = proving
  const nodes = await cluster.nodes(cli.signal)
  for (const { name, state, availability } of nodes.filter((each) => !isTaking(each) && each.id !== node.id)) {
    const why = state !== 'ready' ? `is ${state}` : `takes no tasks (${availability})`
    onNote(`not proven with ${name}: it ${why}`)
  }
  const asked = await proveNodes(cluster, { nodes, image, about: { id: node.id, isCandidate } }, cli.signal)
  const findings = [...asked, ...(await lookThere(nodes.filter(isTaking)))]
  const isOurs = (finding: ProofFinding): boolean => isAbout(finding, node.name)
  for (const { message, remedy } of findings.filter((finding) => !isOurs(finding))) onNote(`${message}; ${remedy}`)
  const reasons = findings.filter(isOurs)
  if (reasons.length > 0) await refuse(proving, reasons)
  return nodes.filter((each) => isTaking(each) && each.id !== node.id).map(({ name }) => name)
}

const refuse = async ({ node, undo }: Proving, reasons: readonly ProofFinding[]): Promise<never> => {
  await undo?.()
  const left =
    undo === undefined
      ? `it was a node before and is one still: "atoll node drain ${node.name}" and "atoll node rm ${node.name}" take it out`
      : 'it is out of the cluster again, with Docker installed; mend this and run the same once more'
  throw new CommandError('not-proven', `${node.name}: ${unique(reasons.map(({ message }) => message)).join('; ')}`, {
    hint: [...unique(reasons.map(({ remedy }) => remedy)), left].join('; '),
  })
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)]
