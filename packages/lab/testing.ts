import { readLabConfig, readTestSuffix } from './config.ts'
import type { LabContext } from './config.ts'
import { crashEngine } from './engine-process.ts'
import { LabError } from './errors.ts'
import { getNode } from './get-node.ts'
import { labKinds } from './lab-kinds.ts'
import type { Lab, LabNode } from './lab.ts'
import { killRegistry, startRegistry } from './registry.ts'
import type { LabRequest } from './request.ts'
import { cutNode } from './verbs/cut.ts'
import { downLab } from './verbs/down.ts'
import { runInNode } from './verbs/exec.ts'
import { fillNode } from './verbs/fill.ts'
import { freeNode } from './verbs/free.ts'
import { healNode } from './verbs/heal.ts'
import { killNode } from './verbs/kill.ts'
import { partitionNodes } from './verbs/partition.ts'
import { pauseNode } from './verbs/pause.ts'
import { rebootNode } from './verbs/reboot.ts'
import { restoreNodes } from './verbs/restore.ts'
import { resumeNode } from './verbs/resume.ts'
import { runBySsh } from './verbs/ssh.ts'
import { startNode } from './verbs/start.ts'
import { upLab } from './verbs/up.ts'

const UP_TIMEOUT_MS = 900_000
const VERB_TIMEOUT_MS = 120_000

export interface TestLabRequest extends Omit<LabRequest, 'name'> {
  /** What stands after `test-` in the lab's name; by default the number of its nodes, `bare-` before it when they are. */
  readonly name?: string
}

/** A running lab and its faults, by node name (`node-1`). */
export interface TestLab {
  readonly lab: Lab
  readonly nodes: readonly LabNode[]
  readonly registry: string
  /** Digest references. */
  readonly images: { readonly base: string; readonly node: string }
  /** Undoes every fault and waits until all nodes are ready: call it after each test that injects one. */
  readonly restore: () => Promise<void>
  readonly run: (node: string, argv: readonly string[]) => Promise<string>
  /** Bare hosts only: as ssh has it, the words are read by the shell there. `input` is given to its standard input. */
  readonly ssh: (node: string, words: readonly string[], input?: string | Uint8Array) => Promise<string>
  readonly cut: (node: string) => Promise<void>
  readonly heal: (node: string) => Promise<void>
  readonly partition: (one: string, other: string) => Promise<void>
  readonly kill: (node: string) => Promise<void>
  readonly crashEngine: (node: string) => Promise<void>
  readonly start: (node: string) => Promise<void>
  readonly reboot: (node: string) => Promise<void>
  readonly pause: (node: string) => Promise<void>
  readonly resume: (node: string) => Promise<void>
  readonly fill: (node: string) => Promise<number>
  readonly free: (node: string) => Promise<void>
  readonly killRegistry: () => Promise<void>
  readonly down: () => Promise<void>
}

/**
 * The lab `test-NAME`, shared by all test files that ask for the same name: made by the first, found by the others,
 * faults undone. One that cannot be healed is made anew. The test command takes all `test-*` labs down at its end.
 */
export const openTestLab = async (request: TestLabRequest = {}): Promise<TestLab> => {
  const usual = `${request.bare === true ? 'bare-' : ''}${request.nodes ?? 3}`
  const name = `test-${request.name ?? usual}${readTestSuffix(process.env)}`
  const lab = await upFresh({ ...request, name })
  if (lab.images === undefined) throw new LabError('registry-refused', `open lab ${name}: it has no images`)
  return { lab, nodes: lab.nodes, registry: lab.registry, images: lab.images, ...faultsOf(lab) }
}

const upFresh = async (request: LabRequest): Promise<Lab> => {
  try {
    return await upLab(request, testContext(UP_TIMEOUT_MS))
  } catch (error) {
    if (!(error instanceof LabError) || error.code === 'bad-request' || error.code === 'machine-unfit') throw error
    await downLab(request.name, testContext(VERB_TIMEOUT_MS))
    return upLab(request, testContext(UP_TIMEOUT_MS))
  }
}

const testContext = (timeoutMs: number): LabContext => ({
  ...readLabConfig(process.env),
  signal: AbortSignal.timeout(timeoutMs),
  onProgress: () => undefined,
})

const faultsOf = (lab: Lab): Omit<TestLab, 'lab' | 'nodes' | 'registry' | 'images'> => {
  const node = (name: string): LabNode => getNode(lab, name)
  const soon = (): AbortSignal => AbortSignal.timeout(VERB_TIMEOUT_MS)
  return {
    restore: async () => {
      await Promise.all([restoreNodes(lab, soon()), startRegistry(lab, soon())])
      await labKinds[lab.kind].awaitReady(lab, soon())
    },
    run: (name, argv) => runInNode(lab, node(name), argv, soon()),
    ssh: (name, words, input) =>
      runBySsh(lab, node(name), words, { signal: soon(), ...(input === undefined ? {} : { input }) }),
    cut: (name) => cutNode(node(name), soon()),
    heal: (name) => healNode(lab, node(name), soon()),
    partition: (one, other) => partitionNodes(node(one), node(other), soon()),
    kill: (name) => killNode(lab, node(name)),
    crashEngine: (name) => crashEngine(lab, node(name)),
    start: (name) => startNode(lab, node(name), soon()),
    reboot: (name) => rebootNode(lab, node(name), soon()),
    pause: (name) => pauseNode(lab, node(name)),
    resume: (name) => resumeNode(lab, node(name)),
    fill: (name) => fillNode(lab, node(name)),
    free: (name) => freeNode(lab, node(name)),
    killRegistry: () => killRegistry(lab),
    down: async () => {
      await downLab(lab.name, testContext(VERB_TIMEOUT_MS))
    },
  }
}
