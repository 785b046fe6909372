import { existsSync } from 'node:fs'
import type { HeldNode } from '@atoll/plan'
import { listProofNodes, proofApp, proveNodes as prove } from '@atoll/server'
import type { ProofFinding, ProofImage, ProofRun, ProofSubject } from '@atoll/server'
import { hasErrors, loadProject, toApp } from '@atoll/spec'
import type { Cluster, OpenedProject } from '../cluster/cluster.ts'
import { InvalidInputError } from '../errors.ts'
import { readContent } from '../project/read-file.ts'
import { recordSources } from '../project/record-sources.ts'

export interface ProofRequest {
  readonly nodes: readonly HeldNode[]
  readonly image: ProofImage
  readonly about: ProofSubject
}

const ref = { app: proofApp, environment: 'production' } as const
const deployMs = 240_000
const removeMs = 120_000

/** The nodes that take tasks ask each other and the one it is about, by an app of this cluster. Empty: all came through. */
export const proveNodes = (
  cluster: Cluster,
  { nodes, image, about }: ProofRequest,
  signal: AbortSignal,
): Promise<readonly ProofFinding[]> => prove(runIn(cluster), { nodes: listProofNodes(nodes, about), image }, signal)

const runIn = (cluster: Cluster): ProofRun => ({
  start: async (file) => {
    // It is left to nobody half way: it takes seconds, and has its own end.
    const running = { signal: AbortSignal.timeout(deployMs), onEvent: () => undefined }
    const outcome = await cluster.deploy({ ...loadProof(file), acceptsWarnings: true }, running)
    return outcome.kind === 'converged' ? [] : outcome.receipt.causes.map(({ message }) => message)
  },
  async *lines(signal) {
    for await (const { text } of cluster.logs({ ref, services: [], follow: true }, signal)) yield text
  },
  remove: () => removeProof(cluster),
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

const removeProof = async (cluster: Cluster): Promise<void> => {
  try {
    const running = { signal: AbortSignal.timeout(removeMs), onEvent: () => undefined }
    await cluster.remove({ ref, volumes: true }, running)
  } catch (error) {
    if (!isAbsent(error)) throw error
  }
}

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'not-found'
