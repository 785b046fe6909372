import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine, LocalNames, NodeEngine } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import { openRemoteEngine } from '@atoll/engine/remote'
import type { RemoteEngine, Self } from '@atoll/engine/remote'
import type { Documents } from '@atoll/store'
import { createMemoryDocuments } from '@atoll/store/memory'
import { createFakeConfigs } from '@atoll/store/testing'
import type { FakeConfigs } from '@atoll/store/testing'
import type { AgentDirectory } from './agent.ts'
import type { DiskWatch } from './disk/watch-disk.ts'
import type { IngressKeeper } from './ingress/keep-ingress.ts'
import type { LogEntry } from './log.ts'
import { openAgentServer } from './server.ts'
import type { AgentServer } from './server.ts'

/** For tests: an agent at a socket of its own, and a caller. */
export interface TestAgent extends AsyncDisposable {
  readonly remote: RemoteEngine
  readonly server: AgentServer
  readonly socketPath: string
  readonly configs: FakeConfigs
  readonly documents: Documents
  /** What was logged so far. */
  readonly log: readonly LogEntry[]
}

interface TestParts {
  readonly watch?: DiskWatch
  readonly ingress?: IngressKeeper
  readonly streams?: IngressKeeper
}

export const testSelf: Self = { nodeId: 'node1id', isManager: true, isLeader: true, engineVersion: '20.10.24' }

export const openTestAgent = async (
  engine: Engine = openFakeEngine(),
  { watch, ingress, streams }: TestParts = {},
): Promise<TestAgent> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-agent-'))
  const socketPath = join(folder, 'agent.sock')
  const configs = createFakeConfigs()
  const documents = createMemoryDocuments({ clock: { now: Date.now } })
  const log: LogEntry[] = []
  const writeLog = (entry: LogEntry): void => void log.push(entry)
  const self = async (): Promise<Self> => testSelf
  const parts = { engine, node: nodeOf(engine), directory: nowhere, configs, documents, self }
  const seen = { ...(watch && { watch }), ...(ingress && { ingress }), ...(streams && { streams }) }
  const server = await openAgentServer({ ...parts, ...seen, now: Date.now, writeLog, socketPath })
  const remote = openRemoteEngine({ socketPath })
  return {
    remote,
    server,
    socketPath,
    configs,
    documents,
    log,
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A cluster of one node: everything is here. */
export const nodeOf = (engine: Engine): NodeEngine => ({
  exec: (request, signal) => engine.exec(request, signal),
  inspectTask: (taskId, signal) => engine.inspectTask(taskId, signal),
  readLog: async function* (query, signal) {
    for (const ref of await engine.listEnvironments(signal))
      for await (const { taskId, stream, atMs, text } of engine.logs({ ...query, ref, services: [] }, signal))
        if (taskId === query.taskId) yield { stream, atMs, text }
  },
  sample: async (taskIds, signal) => {
    const refs = await engine.listEnvironments(signal)
    const usages = await Promise.all(refs.map((ref) => engine.stats(ref, signal)))
    const samples = usages.flat().flatMap(({ sample }) => sample ?? [])
    return samples.filter(({ taskId }) => taskIds.includes(taskId))
  },
  statFile: (place, signal) => engine.statFile(place, signal),
  readFiles: (request, signal) => engine.readFiles(request, signal),
  writeFiles: (request, signal) => engine.writeFiles(request, signal),
  forward: (request, signal) => engine.forward(request, signal),
  disk: async (signal) => engine.disk(await firstNode(engine, signal), signal),
  usage: async (signal) => engine.usage(await firstNode(engine, signal), signal),
  prune: async (request, signal) => engine.prune({ ...request, nodeId: await firstNode(engine, signal) }, signal),
  findService: async (taskId, signal) => {
    for (const ref of await engine.listEnvironments(signal)) {
      const { services } = await engine.observe(ref, signal)
      const found = services.find(({ tasks }) => tasks.some(({ id }) => id === taskId))
      if (found !== undefined) return found.engineName
    }
    return undefined
  },
})

export const noNames: LocalNames = {
  list: async () => [],
  ask: async (questions) =>
    questions.map(({ networkId }) => ({ kind: 'not-asked', networkId, why: 'no task of the network runs here' })),
}

const firstNode = async (engine: Engine, signal: AbortSignal): Promise<string> =>
  (await engine.nodes(signal))[0]?.id ?? ''

export const noTasks: AgentDirectory['tasks'] = {
  listEndpoints: async () => [],
  watchServices: async function* (signal) {
    await once(signal, 'abort')
    yield { kind: 'service' }
  },
}

export const nowhere: AgentDirectory = {
  findNode: async () => undefined,
  listAgents: async () => [],
  names: noNames,
  tasks: noTasks,
}
