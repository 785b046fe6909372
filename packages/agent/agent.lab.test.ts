import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openRemoteEngine } from '@atoll/engine/remote'
import type { RemoteEngine } from '@atoll/engine/remote'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import { createService } from '@atoll/plan/fixtures'
import { createSwarmDocuments } from '@atoll/store/swarm'
import { runAgent } from './context.ts'

const ref = { app: 'agented', environment: 'test' }
const context = { ref, release: 1, secrets: {} }
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms)
const stop = new AbortController()
let lab: TestLab
let folder: string
let remote: RemoteEngine
let running: Promise<void>

beforeAll(async () => {
  lab = await openTestLab({ nodes: 1 })
  folder = await mkdtemp(join(tmpdir(), 'atoll-agent-'))
  const socketPath = join(folder, 'agent.sock')
  const listening = Promise.withResolvers<void>()
  const writeLine = (line: string): void => {
    if (line.includes('the agent listens')) listening.resolve()
  }
  const healthPath = join(folder, 'health.sock')
  const config = { socketPath, healthPath, socketOwner: 0, engine: `unix://${lab.nodes[0]?.socket}` }
  running = runAgent({ config, now: Date.now, writeLine }, stop.signal)
  await Promise.race([listening.promise, running])
  remote = openRemoteEngine({ socketPath })
})

afterAll(async () => {
  for (const { id, engineName } of (await remote.observe(ref, within(120_000))).services)
    await remote.apply({ kind: 'remove-service', id, engineName }, context, within(120_000))
  await remote[Symbol.asyncDispose]()
  stop.abort()
  await running
  await rm(folder, { recursive: true, force: true })
})

const service = createService('web', { engineName: 'agented_test_web', command: ['sleep', 'infinity'], stopGraceMs: 0 })

it('knows its node', async () => {
  const [node] = await remote.nodes(within(120_000))
  const self = await remote.self(within(120_000))
  expect(self).toMatchObject({ nodeId: node?.id, isManager: true, isLeader: true, engineVersion: node?.engineVersion })
})

it('runs what it may, programs in it too, and nothing that reaches the node', async () => {
  const image = lab.images.base
  const mount = { kind: 'bind', source: '/var/run/docker.sock', target: '/s', isReadOnly: false } as const
  const hostile = { ...service, image, mounts: [mount] }
  const applied = remote.apply({ kind: 'create-service', service: hostile }, context, within(120_000))
  await expect(applied).rejects.toMatchObject({ code: 'refused' })
  expect((await remote.observe(ref, within(120_000))).services).toEqual([])
  await remote.apply({ kind: 'create-service', service: { ...service, image } }, context, within(120_000))
  const taskId = await awaitTask()
  const chunks: Uint8Array[] = []
  const stdout = (chunk: Uint8Array): void => void chunks.push(chunk)
  const argv = ['sh', '-c', 'cat; exit 7']
  const stdin = (async function* () {
    yield Buffer.from([0, 255, 10])
  })()
  const request = { taskId, argv, environment: {}, stdin, stdout, stderr: stdout }
  expect(await remote.exec(request, within(120_000))).toBe(7)
  expect(Buffer.concat(chunks)).toEqual(Buffer.from([0, 255, 10]))
})

const awaitTask = async (): Promise<string> => {
  for await (const _event of remote.watch(ref, within(120_000))) {
    const { services } = await remote.observe(ref, within(120_000))
    const task = services[0]?.tasks.find(({ state }) => state === 'running')
    if (task !== undefined) return task.id
  }
  throw new Error('the task did not come up in time')
}

it('keeps documents in the Raft', async () => {
  const documents = createSwarmDocuments({ api: remote.configs, clock: { now: Date.now } })
  const value = { text: 'x'.repeat(1_000) }
  await documents.put('agent-test', 'a', { expected: 0, value }, within(120_000))
  await expect(documents.put('agent-test', 'a', { expected: 0, value }, within(120_000))).rejects.toMatchObject({
    code: 'conflict',
  })
  expect(await documents.find('agent-test', 'a', within(120_000))).toMatchObject({ revision: 1, value })
  await documents.remove('agent-test', 'a', within(120_000))
  expect(await documents.find('agent-test', 'a', within(120_000))).toBeUndefined()
})
