import { setImmediate } from 'node:timers/promises'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBell } from '../bell.ts'
import { ConflictError } from '../errors.ts'
import type { ConfigFilter, ConfigsApi, StoredConfig } from '../swarm/configs-api.ts'
import { FakeConfigsError, createFakeConfigs } from '../swarm/fake-configs.ts'
import { createSwarmDocuments } from '../swarm/swarm-documents.ts'
import { openReplica } from './replica.ts'
import type { Replica } from './replica.ts'

const live = (): AbortSignal => AbortSignal.timeout(30_000)
const ids = ['a', 'a.1', 'b/ä'] as const

const id = fc.constantFrom(...ids)
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id }) },
  /** Delivers some of the events that wait, in another order, some twice; others are never told. */
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), picks: fc.array(fc.nat(), { maxLength: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('break' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), isDown: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lag' as const), isLagging: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('read' as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 40 }) }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

/** An engine whose events go through our hands, and which the replica (not the writers) may find away. */
const openUnreliable = () => {
  const state = { isDown: false, isLagging: false }
  let past: readonly StoredConfig[] = []
  const fake = createFakeConfigs(() => Promise.resolve())
  const waiting: string[] = []
  const streams = new Set<{ queue: string[]; bell: ReturnType<typeof createBell>; isBroken: boolean }>()
  const note = (name: string | undefined) => name !== undefined && waiting.push(name)
  const writers: ConfigsApi = {
    ...fake,
    create: async (config, signal) => {
      const made = await fake.create(config, signal)
      note(config.name)
      return made
    },
    remove: async (configId, signal) => {
      const name = fake.stored.get(configId)?.name
      await fake.remove(configId, signal)
      note(name)
    },
  }
  const reader: ConfigsApi = {
    ...fake,
    list: async (filter, signal) => {
      if (state.isDown) throw new FakeConfigsError('no-quorum', true)
      const found = await fake.list(filter, signal)
      // The engine may go away with an answer on its way.
      if (state.isDown) throw new FakeConfigsError('timeout', true)
      // A manager that was the leader a moment ago may answer from what it has.
      return state.isLagging ? past.filter((config) => matches(config, filter)) : found
    },
    async *events(signal) {
      const stream = { queue: [] as string[], bell: createBell(), isBroken: false }
      streams.add(stream)
      for (; !signal.aborted; await stream.bell.wait(signal)) {
        for (const name of stream.queue.splice(0)) yield { name }
        if (stream.isBroken) throw new FakeConfigsError('unreachable', true)
      }
    },
  }
  const breakStreams = () => {
    for (const stream of streams) {
      stream.isBroken = true
      stream.bell.ring()
    }
    streams.clear()
  }
  const tell = (name: string) => {
    for (const stream of streams) {
      stream.queue.push(name)
      stream.bell.ring()
    }
  }
  const remember = () => void (past = [...fake.stored.values()])
  return { state, writers, reader, waiting, breakStreams, tell, remember }
}

const matches = (config: StoredConfig, { labels, namePrefix = '' }: ConfigFilter): boolean =>
  config.name.startsWith(namePrefix) && config.labels['atoll.document'] === labels['atoll.document']

/** What was shown of a document, beginning anew when it was gone. */
const createWitness = (replica: Replica) => {
  const shown = new Map<string, { readonly revision: number; readonly value: unknown; readonly writtenAtMs: number }>()
  return () => {
    for (const name of ids) {
      const document = replica.find('notes', name)
      const before = shown.get(name)
      if (document === undefined) shown.delete(name)
      else {
        const isAnew = document.writtenAtMs > (before?.writtenAtMs ?? 0) && document.revision === 1
        if (before !== undefined && !isAnew) expect(document.writtenAtMs).toBeGreaterThanOrEqual(before.writtenAtMs)
        if (before?.writtenAtMs === document.writtenAtMs) expect(document).toEqual(before)
        shown.set(name, document)
      }
    }
  }
}

/** Gives what is shown in the end, and what is true. */
const run = async (commands: readonly Command[]) => {
  const engine = openUnreliable()
  // Each write has a moment of its own, so that the witness can tell which is older.
  let tick = 0
  const documents = createSwarmDocuments({ api: engine.writers, clock: { now: () => ++tick } })
  const limits = { listEveryMs: 20, probeEveryMs: 1, settleMs: 1, retryMs: 1 }
  await using replica = openReplica({ api: engine.reader, clock: { now: () => performance.now() }, limits })
  const look = createWitness(replica)
  const under: Promise<unknown>[] = []
  const perform = async (command: Command): Promise<void> => {
    switch (command.kind) {
      case 'put': {
        const expected = (await documents.find('notes', command.id, live()))?.revision ?? 0
        await documents.put('notes', command.id, { expected, value: tick }, live()).catch((error: unknown) => {
          if (!(error instanceof ConflictError)) throw error
        })
        return
      }
      case 'remove':
        return documents.remove('notes', command.id, live())
      case 'deliver':
        for (const pick of command.picks) {
          const name = engine.waiting[pick % engine.waiting.length]
          if (name !== undefined) engine.tell(name)
        }
        return
      case 'lose':
        engine.waiting.length = 0
        return
      case 'break':
        return engine.breakStreams()
      case 'outage':
        engine.state.isDown = command.isDown
        return
      case 'lag':
        if (!command.isLagging) engine.remember()
        engine.state.isLagging = command.isLagging
        return
      case 'refresh':
        under.push(replica.refresh(live()).catch(() => undefined))
        return
      case 'read':
        under.push(replica.read('notes', command.id, { maxAgeMs: -1, waitMs: 20 }, live()).then(look, () => undefined))
        return
      case 'turns':
        for (let turn = 0; turn < command.count; turn++) {
          await (turn % 8 === 7 ? setImmediate() : Promise.resolve())
          look()
        }
    }
  }
  for (const command of commands) {
    await perform(command)
    look()
  }
  Object.assign(engine.state, { isDown: false, isLagging: false })
  await Promise.all(under)
  await replica.refresh(live())
  look()
  return { shown: replica.list('notes'), stored: await documents.list('notes', {}, live()) }
}

it('ends as the documents are, and goes back on the way never, whatever happens to events and engine', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 10, maxLength: 60, size: 'max' }), async (commands) => {
      const { shown, stored } = await run(commands)
      expect(shown).toEqual(stored)
    }),
    { numRuns: 300 },
  )
}, 60_000)
