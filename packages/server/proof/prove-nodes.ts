import type { NodeReport } from './ask-peers.ts'
import { isAsked, judgeProof } from './judge-proof.ts'
import type { ProofFinding } from './judge-proof.ts'
import { parseReport } from './parse-report.ts'
import { renderProof } from './render-proof.ts'
import type { ProofNode } from './render-proof.ts'

/** What runs the tasks of a proof, somewhere. */
export interface ProofRun {
  /** Runs the app of this compose file; what kept it from that, in words, and nothing when all of it runs. */
  start(file: object): Promise<readonly string[]>
  /** What its tasks print. */
  lines(signal: AbortSignal): AsyncIterable<string>
  /** Also of what was never started, or not all of it. */
  remove(): Promise<void>
}

/** An image with a Node that runs what we give it, and where that is in it. */
export interface ProofImage {
  readonly image: string
  readonly node: string
  /** Where the program of the proof is in it; without one it is given as text. */
  readonly program?: string
}

/** A node as managers tell of it. */
interface SeenNode {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly role: 'leader' | 'manager' | 'worker'
  readonly state: string
  readonly availability: string
}

export const isTaking = ({ state, availability }: Pick<SeenNode, 'state' | 'availability'>): boolean =>
  state === 'ready' && availability === 'active'

/** A node that is proven whether it takes tasks or not. */
export interface ProofSubject {
  readonly id: string
  /** A worker that is to be a manager: somebody answers at its port of the managers. */
  readonly isCandidate: boolean
}

/** Those that can run a task, and the one it is about. */
export const listProofNodes = (nodes: readonly SeenNode[], about?: ProofSubject): readonly ProofNode[] =>
  nodes
    .filter((node) => isTaking(node) || node.id === about?.id)
    .map((node) => ({
      ...toProofNode(node),
      ...(node.id === about?.id && about.isCandidate && { isManager: true }),
      isIdle: !isTaking(node),
    }))

export const toProofNode = ({ id, name, address, role }: SeenNode): ProofNode => ({
  id,
  name,
  address,
  isManager: role !== 'worker',
})

/** Gossip of a new task takes seconds, or a minute between busy machines; a question that is lost is asked again. */
const reportMs = 90_000

/**
 * A task on each node asks those on all others, over a network of the cluster and at the ports of the nodes. Empty: all came
 * through. What was started is gone afterwards, whatever happened.
 */
export const proveNodes = async (
  run: ProofRun,
  { nodes, image }: { readonly nodes: readonly ProofNode[]; readonly image: ProofImage },
  signal: AbortSignal,
): Promise<readonly ProofFinding[]> => {
  try {
    const failures = await run.start(renderProof({ nodes, ...image }))
    signal.throwIfAborted()
    if (failures.length > 0) return failures.map(notStarted)
    return judgeProof(nodes, await gatherReports(run, nodes.filter(isAsked), signal))
  } finally {
    await run.remove()
  }
}

const notStarted = (message: string): ProofFinding => ({
  about: 'task',
  from: '',
  to: '',
  message: `a task of the proof does not start: ${message}`,
  remedy: 'can every node pull the image? "docker service ps" on a manager says more',
})

/** The last of each node; until all are complete, or the time is over. */
const gatherReports = async (
  run: ProofRun,
  nodes: readonly ProofNode[],
  signal: AbortSignal,
): Promise<readonly NodeReport[]> => {
  const reports = new Map<string, NodeReport>()
  const isDone = (): boolean => nodes.every(({ name }) => reports.get(name)?.isComplete)
  const deadline = AbortSignal.timeout(reportMs)
  try {
    for await (const text of run.lines(AbortSignal.any([signal, deadline]))) {
      const report = parseReport(text)
      if (report !== undefined) reports.set(report.node, report)
      if (isDone()) break
    }
  } catch (error) {
    // The end of the time is an answer too.
    if (!deadline.aborted || signal.aborted) throw error
  }
  signal.throwIfAborted()
  return [...reports.values()]
}
