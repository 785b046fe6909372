import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openCluster } from './cluster.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import type { Answer, ScriptedEngine } from './scripted-engine.ts'

const signal = new AbortController().signal
const shape = z.object({ Name: z.string() })
const info = { method: 'GET', path: '/info' } as const

const cleanups: AsyncDisposable[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup[Symbol.asyncDispose]()
})

const engine = async (answer: Answer): Promise<ScriptedEngine> => {
  const opened = await openScriptedEngine(answer)
  cleanups.push(opened)
  return opened
}
const named =
  (Name: string): Answer =>
  (_, response) =>
    reply(response, 200, { Name })
const leaderless: Answer = (_, response) =>
  reply(response, 500, { message: 'rpc error: code = Unknown desc = The swarm does not have a leader.' })

const cluster = (engines: readonly Pick<ScriptedEngine, 'endpoint'>[], patienceMs = 5_000) => {
  const opened = openCluster(
    engines.map(({ endpoint }) => endpoint),
    { patienceMs, now: () => performance.now() },
  )
  cleanups.push(opened)
  return opened
}

/** Takes connections and says nothing, as a machine that lost its power does. */
const openSilent = async (): Promise<Pick<ScriptedEngine, 'endpoint'>> => {
  const gone = await engine(named('a'))
  await gone.stop()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket))
  await once(server.listen(gone.endpoint.path), 'listening')
  cleanups.unshift({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await once(server.close(), 'close')
    },
  })
  return gone
}

describe('several managers', () => {
  it('asks the next when one is gone, and stays with the one that answers', async () => {
    const [a, b] = [await engine(named('a')), await engine(named('b'))]
    const both = cluster([a, b])
    expect(await both.json(info, shape, signal)).toEqual({ Name: 'a' })
    await a.stop()
    expect(await both.json(info, shape, signal)).toEqual({ Name: 'b' })
    await a.start()
    expect(await both.json(info, shape, signal)).toEqual({ Name: 'b' })
  })

  it('leaves one that never says a word for the next, long before its time is over', async () => {
    const silent = await openSilent()
    const patient = { ...info, timeoutMs: 3_600_000 }
    expect(await cluster([silent, await engine(named('b'))]).json(patient, shape, signal)).toEqual({ Name: 'b' })
  })

  it('moves on together when many calls fail at once', async () => {
    const [a, b, c] = [await engine(named('a')), await engine(named('b')), await engine(named('c'))]
    const all = cluster([a, b, c])
    await all.json(info, shape, signal)
    await a.stop()
    const names = await Promise.all(Array.from({ length: 8 }, () => all.json(info, shape, signal)))
    expect(new Set(names.map(({ Name }) => Name))).toEqual(new Set(['b']))
  })

  it('waits out an election', async () => {
    let isElected = false
    const a = await engine((request, response) => (isElected ? named('a') : leaderless)(request, response))
    setTimeout(() => (isElected = true), 300)
    expect(await cluster([a]).json(info, shape, signal)).toEqual({ Name: 'a' })
  })

  it('waits out managers that hang on a leader that lost its power', async () => {
    let isElected = false
    const hanging: Answer = (request, response) => (isElected ? named('a')(request, response) : undefined)
    const both = cluster([await engine(hanging), await engine(hanging)])
    setTimeout(() => (isElected = true), 300)
    expect(await both.json({ ...info, timeoutMs: 100 }, shape, signal)).toEqual({ Name: 'a' })
  })

  it('says what is lost when the election does not end', async () => {
    const engines = [await engine(leaderless), await engine(leaderless)]
    await expect(cluster(engines, 300).json(info, shape, signal)).rejects.toMatchObject({
      code: 'no-quorum',
      message: expect.stringContaining('atoll recover --engine'),
    })
  })

  it('says how many managers are left, not which socket was the last dead one', async () => {
    const engines = [await engine(leaderless), await engine(named('b')), await engine(named('c'))]
    await Promise.all(engines.slice(1).map((lost) => lost.stop()))
    const call = { method: 'POST', path: '/services/create', doing: 'create service shop_web' } as const
    await expect(cluster(engines, 0).send(call, signal)).rejects.toMatchObject({
      code: 'no-quorum',
      message: expect.stringMatching(
        /^create service shop_web: no quorum: 1 of 3 managers answers; .*tasks go on.*start/,
      ),
    })
  })

  it('says the same of the one manager it knows', async () => {
    await expect(cluster([await engine(leaderless)], 0).json(info, shape, signal)).rejects.toMatchObject({
      code: 'no-quorum',
      message: expect.stringMatching(/: no quorum: .*does not have a leader.*tasks go on/),
    })
  })

  it('does not call it a lost quorum when the others are no managers, or all are gone', async () => {
    const worker = await engine((_, response) => reply(response, 503, { message: 'This node is not a swarm manager.' }))
    const dead = await engine(named('b'))
    await dead.stop()
    await expect(cluster([worker, dead], 0).json(info, shape, signal)).rejects.toMatchObject({ code: 'unreachable' })
    await expect(cluster([dead, dead], 0).json(info, shape, signal)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('does not wait for an engine that never answered', async () => {
    const a = await engine(named('a'))
    await a.stop()
    await expect(cluster([a], 3_600_000).json(info, shape, signal)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('waits for one that answered before: it restarts', async () => {
    const a = await engine(named('a'))
    const one = cluster([a])
    await one.json(info, shape, signal)
    await a.stop()
    setTimeout(() => void a.start(), 300)
    expect(await one.json(info, shape, signal)).toEqual({ Name: 'a' })
  })

  it('leaves a worker for a manager', async () => {
    const worker = await engine((_, response) => reply(response, 503, { message: 'This node is not a swarm manager.' }))
    const manager = await engine(named('manager'))
    expect(await cluster([worker, manager]).json(info, shape, signal)).toEqual({ Name: 'manager' })
  })

  it('sends a stream only once', async () => {
    const a = await engine(leaderless)
    const body = Readable.from(['tar'])
    await expect(cluster([a]).send({ method: 'POST', path: '/build', body }, signal)).rejects.toMatchObject({
      code: 'no-quorum',
    })
    expect(a.requests.filter((request) => request.includes('/build'))).toHaveLength(1)
  })

  it('stops waiting with the signal', async () => {
    const a = await engine(leaderless)
    const ending = new AbortController()
    setTimeout(() => ending.abort(), 100)
    await expect(cluster([a], 60_000).json(info, shape, ending.signal)).rejects.toMatchObject({
      code: 'timeout',
      retry: false,
    })
  })
})
