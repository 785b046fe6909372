import { existsSync } from 'node:fs'
import type { HeldNode } from '@atoll/plan'
import { judgeProof, parseReport, proofApp, renderProof } from '@atoll/server'
import type { NodeReport, ProofFinding, ProofNode } from '@atoll/server'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { Cluster, OpenedProject } from '../cluster/cluster.ts'
import { InvalidInputError } from '../errors.ts'
import { readContent } from '../project/read-file.ts'
import { recordSources } from '../project/record-sources.ts'
import type { ProofImage } from './proof-image.ts'

export interface ProofRequest {
  readonly nodes: readonly HeldNode[]
  readonly image: ProofImage
}

const ref = { app: proofApp, environment: 'production' } as const
/** Gossip of a new task takes seconds, and a question that is lost is asked again. */
const reportMs = 45_000
const deployMs = 240_000
const removeMs = 120_000

/**
 * A task on each node asks those on all others, over a network of the cluster and at the ports of the nodes. Empty: all came
 * through. What was started is gone afterwards, whatever happened.
 */
export const proveNodes = async (
  cluster: Cluster,
  { nodes, image }: ProofRequest,
  signal: AbortSignal,
): Promise<readonly ProofFinding[]> => {
  const taking = nodes.filter(isTaking).map(toProofNode)
  try {
    const project = loadProof(renderProof({ nodes: taking, ...image }))
    // It is left to nobody half way: it takes seconds, and has its own end.
    const running = { signal: AbortSignal.timeout(deployMs), onEvent: () => undefined }
    const outcome = await cluster.deploy({ ...project, acceptsWarnings: true }, running)
    signal.throwIfAborted()
    if (outcome.kind !== 'converged') return outcome.receipt.causes.map(({ message }) => notStarted(message))
    return judgeProof(taking, await gatherReports(cluster, taking, signal))
  } finally {
    await removeProof(cluster)
  }
}

export const isTaking = ({ state, availability }: HeldNode): boolean => state === 'ready' && availability === 'active'

const toProofNode = ({ id, name, address, role }: HeldNode): ProofNode => ({
  id,
  name,
  address,
  isManager: role !== 'worker',
})

const notStarted = (message: string): ProofFinding => ({
  about: 'task',
  from: '',
  to: '',
  message: `a task of the proof does not start: ${message}`,
  remedy: 'can every node pull the image? "docker service ps" on a manager says more',
})

const path = '/compose.json'

const loadProof = (file: object): OpenedProject => {
  const input = { files: [path], workingDir: '/', profiles: [], envFiles: [], variables: {} }
  const read = () => ({ kind: 'text', text: JSON.stringify(file) }) as const
  const recorder = recordSources({ ...input, read, exists: existsSync }, readContent)
  const loaded = loadProject(recorder.input)
  if (loaded.project === undefined) throw new InvalidInputError(loaded.problems)
  const { environment } = ref
  const { app, problems } = toApp(loaded.project, { environment, readContent: recorder.readContent })
  if (hasErrors(problems)) throw new InvalidInputError(problems)
  return { app, secrets: {}, upload: () => recorder.upload(environment) }
}

/** The last of each node; until all are complete, or the time is over. */
const gatherReports = async (
  cluster: Cluster,
  nodes: readonly ProofNode[],
  signal: AbortSignal,
): Promise<readonly NodeReport[]> => {
  const reports = new Map<string, NodeReport>()
  const isDone = (): boolean => nodes.every(({ name }) => reports.get(name)?.isComplete)
  const deadline = AbortSignal.timeout(reportMs)
  const query = { ref, services: [], follow: true }
  try {
    for await (const { text } of cluster.logs(query, AbortSignal.any([signal, deadline]))) {
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

const removeProof = async (cluster: Cluster): Promise<void> => {
  try {
    const running = { signal: AbortSignal.timeout(removeMs), onEvent: () => undefined }
    await cluster.remove({ ref, volumes: true }, running)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'not-found'
