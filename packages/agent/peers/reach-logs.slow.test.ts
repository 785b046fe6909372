import { openFakeEngine } from '@atoll/engine/fake'
import type { FakeEngine } from '@atoll/engine/fake'
import type { TaskLogLine } from '@atoll/engine'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import type { PeerDoor } from './admit-peer.ts'
import { reachLogs } from './reach-logs.ts'
import { openTestPeers } from './testing.ts'

const live = new AbortController().signal

/** A task on the node of the second agent, which has said something. */
const runTask = async (engine: FakeEngine, app = 'shop'): Promise<string> => {
  const constraints = [`node.id == ${engine.world.nodes[1]?.id}`]
  const command = ['sh', '-c', 'echo here; sleep 1000']
  const base = createService('web', { engineName: `${app}_test_web`, image: 'registry.test/base:1', command })
  const service = { ...base, placement: { ...base.placement, constraints } }
  const context = { ref: { app, environment: 'test' }, release: 1, secrets: {} }
  await engine.apply({ kind: 'create-service', service }, context, live)
  engine.tick(5_000)
  return engine.world.services.get(`${app}_test_web`)?.tasks[0]?.id ?? ''
}

const open = async (managers: PeerDoor['managers'] = async () => ['node1id']) => {
  const engine = openFakeEngine()
  const volumes: PeerDoor['volumes'] = Object.create(null)
  const agents = await openTestPeers(engine, { admission: { volumes, managers } })
  const [road] = agents.roads
  if (road === undefined) throw new Error('bug: no agents')
  const host = reachLogs(road, agents.other.nodeId)
  return { engine, agents, host, [Symbol.asyncDispose]: () => agents[Symbol.asyncDispose]() }
}

describe('the log of a task on another node', () => {
  it.each(['shop', 'atoll'])('is read by its own agent, of the app %s', async (app) => {
    await using peers = await open()
    const taskId = await runTask(peers.engine, app)
    const lines = await Array.fromAsync(peers.host.readLog({ taskId, follow: false }, live))
    expect(lines).toEqual([{ stream: 'stdout', atMs: expect.any(Number), text: 'here' }])
  })

  it('is followed until the reader leaves', async () => {
    await using peers = await open()
    const taskId = await runTask(peers.engine)
    const seen: TaskLogLine[] = []
    for await (const line of peers.host.readLog({ taskId, follow: true, tail: 1 }, live)) {
      seen.push(line)
      break
    }
    expect(seen).toMatchObject([{ text: 'here' }])
  })

  it('is not found where the task does not run, and is refused to whom is no manager', async () => {
    await using peers = await open()
    const read = peers.host.readLog({ taskId: 'none', follow: false }, live)
    await expect(Array.fromAsync(read)).rejects.toMatchObject({ code: 'not-found' })
    await using strangers = await open(async () => ['node3id'])
    const refused = strangers.host.readLog({ taskId: 'none', follow: false }, live)
    await expect(Array.fromAsync(refused)).rejects.toMatchObject({ code: 'refused' })
  })

  it('is given up with the signal while the other agent says nothing', async () => {
    const isAsked = Promise.withResolvers<void>()
    await using peers = await open(async (signal) => {
      isAsked.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return []
    })
    const stop = new AbortController()
    const read = Array.fromAsync(peers.host.readLog({ taskId: 'any', follow: false }, stop.signal))
    read.catch(() => undefined)
    await isAsked.promise
    stop.abort()
    await expect(read).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('says so when no agent is there', async () => {
    await using peers = await open()
    peers.agents.places.pop()
    const read = peers.host.readLog({ taskId: 'any', follow: false }, live)
    await expect(Array.fromAsync(read)).rejects.toMatchObject({ code: 'unreachable' })
  })
})
