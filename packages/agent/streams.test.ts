import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine, EngineEvent, ExecRequest } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import { openRemoteEngine, renderFrame } from '@atoll/engine/remote'
import { openTestAgent } from './testing.ts'

const ref = { app: 'shop', environment: 'production' }
const live = new AbortController().signal

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Says one thing, then nothing until it is told to stop; tells when it was. */
const createSilentEngine = () => {
  const ended = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const hold = async (signal: AbortSignal): Promise<void> => {
    begun.resolve()
    await untilAborted(signal)
    ended.resolve()
  }
  const engine: Engine = {
    ...openFakeEngine(),
    watch: async function* (_ref, signal): AsyncGenerator<EngineEvent> {
      yield { kind: 'tick', atMs: 1 }
      await hold(signal)
    },
    exec: async ({ stdout }, signal) => {
      await stdout(Buffer.from('begun'))
      await hold(signal)
      return 1
    },
    nodes: async (signal) => {
      await hold(signal)
      return []
    },
  }
  return { engine, ended: ended.promise, begun: begun.promise }
}

const program = (change: Partial<ExecRequest> = {}): ExecRequest => ({
  taskId: 'task1',
  argv: ['cat'],
  environment: {},
  stdout: () => undefined,
  stderr: () => undefined,
  ...change,
})

describe('who leaves', () => {
  it('a stream ends it at the engine', async () => {
    const { engine, ended } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    for await (const event of agent.remote.watch(ref, live)) {
      expect(event).toEqual({ kind: 'tick', atMs: 1 })
      break
    }
    await ended
  })

  it('a stream by its signal ends it there, and here without an error', async () => {
    const { engine, ended } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    const stop = new AbortController()
    const seen: EngineEvent[] = []
    for await (const event of agent.remote.watch(ref, stop.signal)) {
      seen.push(event)
      stop.abort()
    }
    await ended
    expect(seen).toHaveLength(1)
  })

  it('a call ends it at the engine', async () => {
    const { engine, begun, ended } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    const stop = new AbortController()
    const asked = agent.remote.nodes(stop.signal)
    asked.catch(() => undefined)
    await begun
    stop.abort()
    await expect(asked).rejects.toMatchObject({ code: 'timeout', retry: false })
    await ended
  })

  it('an exec ends the program', async () => {
    const { engine, ended } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    const stop = new AbortController()
    const run = agent.remote.exec(program({ stdout: () => stop.abort() }), stop.signal)
    await expect(run).rejects.toMatchObject({ code: 'timeout', retry: false })
    await ended
  })
})

describe('an agent that stops', () => {
  it('ends at once what is endless, and says that it was no end', async () => {
    const { engine } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    const events = agent.remote.watch(ref, live)[Symbol.asyncIterator]()
    await events.next()
    const rest = events.next()
    rest.catch(() => undefined)
    await agent.server.close(60_000)
    await expect(rest).rejects.toMatchObject({ code: 'unreachable', retry: true })
    await expect(agent.remote.self(live)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('finishes what is under way', async () => {
    const finish = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const nodes: Engine['nodes'] = async () => {
      begun.resolve()
      await finish.promise
      return []
    }
    await using agent = await openTestAgent({ ...openFakeEngine(), nodes })
    const asked = agent.remote.nodes(live)
    await begun.promise
    const closed = agent.server.close(60_000)
    finish.resolve()
    expect(await asked).toEqual([])
    await closed
  })

  it('stops what does not finish, with a reason', async () => {
    const { engine, begun } = createSilentEngine()
    await using agent = await openTestAgent(engine)
    const run = agent.remote.exec(program(), live)
    run.catch(() => undefined)
    await begun
    await agent.server.close(0)
    await expect(run).rejects.toMatchObject({ code: 'unreachable', retry: false })
  })
})

/** Somebody who answers what a test wants in place of an agent. */
const openImpostor = async (answer: (response: ServerResponse) => void) => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-impostor-'))
  const socketPath = join(folder, 'a.sock')
  const server: Server = createServer((request, response) =>
    request.url === '/v1/locateTask' ? response.end('{}') : answer(response),
  ).listen(socketPath)
  await once(server, 'listening')
  const remote = openRemoteEngine({ socketPath })
  return {
    remote,
    [Symbol.asyncDispose]: async () => {
      await remote[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const readAll = async (events: AsyncIterable<EngineEvent>): Promise<readonly EngineEvent[]> => {
  const all: EngineEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('a connection that is lost', () => {
  const item = '{"item":{"kind":"tick","atMs":1}}\n'

  it.each([
    ['in the middle of a stream', item, 'unreachable'],
    ['in the middle of a line', `${item}{"it`, 'unreachable'],
    ['before anything', '', 'unreachable'],
  ])('%s is no end', async (_when, said, code) => {
    await using impostor = await openImpostor((response) => {
      response.write(said, () => response.destroy())
      response.flushHeaders()
    })
    await expect(readAll(impostor.remote.watch(ref, live))).rejects.toMatchObject({ code, retry: true })
  })

  it('is told from a stream that ended, and from one that ended without saying so', async () => {
    await using ended = await openImpostor((response) => response.end(`${item}{"end":true}\n`))
    expect(await readAll(ended.remote.watch(ref, live))).toHaveLength(1)
    await using silent = await openImpostor((response) => response.end(item))
    await expect(readAll(silent.remote.watch(ref, live))).rejects.toMatchObject({ code: 'unreachable' })
  })

  it.each([
    ['after some output', renderFrame('stdout', Buffer.from('some'))],
    ['inside of a frame', renderFrame('stdout', Buffer.from('some')).subarray(0, 6)],
  ])('%s of an exec is no exit status, and nothing to be repeated', async (_when, said) => {
    await using cut = await openImpostor((response) => response.write(said, () => response.destroy()))
    await expect(cut.remote.exec(program(), live)).rejects.toMatchObject({ code: 'unreachable', retry: false })
    await using ended = await openImpostor((response) => response.end(said))
    await expect(ended.remote.exec(program(), live)).rejects.toMatchObject({ code: 'unreachable', retry: false })
  })

  it.each([
    ['no JSON', 'no json'],
    ['another shape', '{"nodeId":1}'],
  ])('is not what an answer of %s is', async (_what, said) => {
    await using impostor = await openImpostor((response) => response.end(said))
    await expect(impostor.remote.self(live)).rejects.toMatchObject({ code: 'invalid', retry: false })
  })
})

describe('progress', () => {
  it('of a volume that moves comes while it moves', async () => {
    const asked = Promise.withResolvers<void>()
    const moveVolume: Engine['moveVolume'] = async ({ onProgress }) => {
      onProgress(1)
      await asked.promise
      onProgress(2)
    }
    await using agent = await openTestAgent({ ...openFakeEngine(), moveVolume })
    const seen: number[] = []
    const onProgress = (bytes: number): void => {
      seen.push(bytes)
      asked.resolve()
    }
    await agent.remote.moveVolume({ ref, engineName: 'shop_production_data', toNodeId: 'node1id', onProgress }, live)
    expect(seen).toEqual([1, 2])
  })
})
