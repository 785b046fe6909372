import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import type { ObservedNode } from '@atoll/plan'
import type { Engine, LogLine } from '../engine.ts'
import type { SwarmEngine } from './index.ts'
import { createLabService, openLabEngine } from './lab-engine.ts'

let lab: TestLab
let engine: SwarmEngine
const ref = { app: 'faults', environment: 'test' }
const context = { ref, release: 1, secrets: {} }
const within = (ms: number): AbortSignal => AbortSignal.timeout(ms)

/** For what may have to wait for an election: the Raft has been seen to elect for 51 s, and to elect twice. */
const electionMs = 150_000

beforeAll(async () => {
  lab = await openTestLab({ nodes: 3 })
  engine = await openLabEngine(lab)
})
afterEach(async () => {
  await lab.restore()
  for (const { id, engineName } of (await engine.observe(ref, within(electionMs))).services)
    await engine.apply({ kind: 'remove-service', id, engineName }, context, within(electionMs))
})
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]()
})

const awaitRunning = async (target: Engine, count: number): Promise<void> => {
  for await (const _event of target.watch(ref, within(electionMs))) {
    const tasks = (await target.observe(ref, within(electionMs))).services.flatMap((service) => service.tasks)
    if (tasks.filter(({ state, desired }) => state === 'running' && desired === 'running').length === count) return
  }
  throw new Error(`${count} tasks did not come up in time`)
}

const waitUntil = async (isSo: () => Promise<boolean>, timeoutMs: number): Promise<void> => {
  const deadline = within(timeoutMs)
  while (!(await isSo())) deadline.throwIfAborted()
}

const createWeb = async (target: Engine, command: readonly string[] = ['sleep', 'infinity']): Promise<void> => {
  const service = createLabService(
    lab,
    { ref, name: 'web' },
    {
      command,
      mode: { kind: 'replicated', replicas: 3 },
      placement: { constraints: [], spread: [], maxPerNode: 1 },
    },
  )
  await target.apply({ kind: 'create-service', service }, context, within(electionMs))
  await awaitRunning(target, 3)
}

describe('when managers are lost', { timeout: 400_000 }, () => {
  it('the next one is asked, and a watch goes on', async () => {
    await createWeb(engine)
    await using patient = await openLabEngine(lab, undefined, { patienceMs: electionMs })
    await patient.nodes(within(electionMs))
    await lab.crashEngine('node-1')
    expect((await patient.observe(ref, within(electionMs))).services).toHaveLength(1)
    for await (const event of engine.watch(ref, within(electionMs))) if (event.kind !== 'tick' || event.atMs > 0) break
  })

  it('one that hangs is left for the next', async () => {
    await using fresh = await openLabEngine(lab)
    await fresh.nodes(within(electionMs))
    await lab.pause('node-1')
    const startedMs = performance.now()
    expect(await fresh.nodes(within(electionMs))).toHaveLength(3)
    expect(performance.now() - startedMs).toBeGreaterThan(1_000)
  })

  it('without a majority every change says so, and how to recover', async () => {
    await lab.kill('node-2')
    await lab.kill('node-3')
    await using alone = await openLabEngine(lab, ['node-1'], { patienceMs: 2_000 })
    const service = createLabService(lab, { ref, name: 'web' })
    await expect(alone.apply({ kind: 'create-service', service }, context, within(electionMs))).rejects.toMatchObject({
      code: 'no-quorum',
      retry: true,
      message: expect.stringContaining('atoll recover --engine'),
    })
  })
})

describe('when a node cannot be reached', { timeout: 400_000 }, () => {
  const findNode = async (isSought: (node: ObservedNode) => boolean): Promise<string> =>
    (await engine.nodes(within(electionMs))).find(isSought)?.name ?? 'none'
  const readWeb = (): Promise<readonly LogLine[]> =>
    Array.fromAsync(engine.logs({ ref, services: ['web'], follow: false }, within(electionMs)))

  // Docker offers the logs of a node to the leader over one connection: with that lost, or found dead after a new one was
  // made, the leader has none of them for a while, perhaps until it leads no more. They come from the node's own engine then.
  it.each(['a follower', 'the leader'])(
    'and is %s, logs say that lines are missing until there are those of all the others',
    async (who) => {
      await createWeb(engine, ['sh', '-c', 'echo here; sleep 1000'])
      const countHere = (lines: readonly LogLine[]): number => lines.filter(({ text }) => text === 'here').length
      await waitUntil(async () => countHere(await readWeb()) === 3, electionMs)
      await lab.kill(await findNode((node) => node.isLeader === (who === 'the leader')))
      await waitUntil(async () => {
        const lines = await readWeb()
        expect(lines.at(-1)).toMatchObject({
          taskId: '',
          stream: 'stderr',
          text: expect.stringContaining('no answer from'),
        })
        return countHere(lines) === 2
      }, electionMs)
    },
  )

  it('a program is not run there, and the way out is named', async () => {
    await createWeb(engine)
    await using alone = await openLabEngine(lab, ['node-1'])
    const nodes = await alone.nodes(within(electionMs))
    const far = nodes.find(({ name }) => name === 'node-3')
    const tasks = (await alone.observe(ref, within(electionMs))).services[0]?.tasks ?? []
    const task = tasks.find(({ nodeId }) => nodeId === far?.id)
    const request = {
      taskId: task?.id ?? '',
      argv: ['true'],
      environment: {},
      stdout: () => undefined,
      stderr: () => undefined,
    }
    await expect(alone.exec(request, within(electionMs))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`--engine ssh://USER@${far?.address}`),
    })
  })

  it('the doctor names it', async () => {
    await lab.kill('node-3')
    const findBad = async (): Promise<readonly string[]> => {
      const { findings } = await engine.diagnose(within(electionMs))
      return findings.filter(({ state }) => state === 'bad').map(({ message }) => message)
    }
    await expect.poll(findBad, { timeout: electionMs, interval: 500 }).toContainEqual(expect.stringContaining('node-3'))
  })
})

describe('a manager that has just been made one', { timeout: 400_000 }, () => {
  const writeDocument = async (name: string): Promise<string> =>
    engine.configs.create({ name, labels: {}, data: new Uint8Array(5_000) }, within(electionMs))

  // The engine refuses what is not confirmed within 20 s. A log of so many entries takes longer to come, one by one.
  it('confirms what is written at once, however long the log is', async () => {
    for (let count = 0; count < 400; count += 1)
      await engine.configs.remove(await writeDocument(`faults-${count}`), within(electionMs))
    const nodes = await engine.nodes(within(electionMs))
    const [other, made] = nodes.filter(({ isLeader }) => !isLeader)
    await engine.changeRole(made?.id ?? '', 'worker', within(electionMs))
    await engine.changeRole(made?.id ?? '', 'manager', within(electionMs))
    await lab.pause(other?.name ?? '')
    const id = await writeDocument('faults-last')
    expect((await engine.configs.list({ labels: {} }, within(electionMs))).map((config) => config.id)).toContain(id)
    await engine.configs.remove(id, within(electionMs))
  })
})
