import type { Engine } from '@atoll/engine'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { Documents } from '@atoll/store'
import { noAnswers } from '@atoll/ingress'
import { describe, expect, it, vi } from 'vitest'
import { resumeAbandoned } from './controllers/resume-abandoned.ts'
import { createVisitorCounter } from './routes/count-visitors.ts'
import { shareNodes } from './recent-nodes.ts'
import { settleOperations } from './controllers/settle-operations.ts'
import { addPerson, caught, openTestControl, uploadOf } from './test-control.ts'

const params = { app: 'shop', environment: 'test' }
const never = new AbortController().signal
const text = `name: shop
services:
  web:
    image: web:1
    secrets: [key]
secrets: { key: { file: ./key.txt } }
`
const routed = `name: shop
services:
  web:
    image: web:1
    x-atoll: { routes: [{ host: a.example.org, port: 80 }] }
`
const body = { kind: 'deploy' as const, project: uploadOf(text, { '/srv/shop/key.txt': 'hunter2' }) }

/** From the moment it is killed on nothing that is asked of it happens, and it hears no answer. */
const createKill = () => {
  let isDead = false
  const mortal = <T extends object>(port: T, isFatal: (name: string, args: readonly unknown[]) => boolean): T =>
    new Proxy(port, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function') return verb
        return (...args: unknown[]): unknown => {
          isDead ||= isFatal(String(name), args)
          return isDead && name !== 'watch' ? new Promise(() => {}) : Reflect.apply(verb, target, args)
        }
      },
    })
  return { mortal }
}

/** While it is paused nothing that is asked of it is begun. */
const createPause = () => {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const pausable = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name)
        if (typeof verb !== 'function' || name === 'watch') return verb
        return async (...args: unknown[]): Promise<unknown> => {
          await gate.promise
          return Reflect.apply(verb, target, args) as unknown
        }
      },
    })
  return { pausable, pause: () => void (gate = Promise.withResolvers()), wake: () => gate.resolve() }
}

/** Ingresses of all nodes, of which the first answers. */
const createVisitors = (stage: Stage) => {
  let requests = 0
  const statuses = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }
  const readTally = async (nodeId: string) => ({
    life: nodeId,
    moment: 1,
    routes:
      nodeId === stage.engine.world.nodes[0]?.id
        ? [
            {
              ...noAnswers,
              route: 'a.example.org/',
              requests,
              statuses: { ...statuses, '2xx': requests },
              slowestMs: 3,
            },
          ]
        : [],
  })
  const recentNodes = shareNodes({ engine: stage.engine, clock: stage.clock })
  return {
    visitors: createVisitorCounter({
      routing: { readTally, streams: { readTally } },
      recentNodes,
      clock: stage.clock,
      isProbing: async () => true,
      hasStreams: async () => false,
    }),
    answer: (more: number): void => void (requests += more),
  }
}

const openPair = async (stage: Stage) => {
  const { mortal } = createKill()
  const isSecret = (name: string, [action]: readonly unknown[]): boolean =>
    name === 'apply' && (action as { readonly kind: string }).kind === 'create-secret'
  const engine = mortal<Engine>(stage.engine, isSecret)
  const documents = mortal<Documents>(stage.documents, () => false)
  const doomed = await openTestControl(stage, { node: 1, engine, documents })
  const leader = await openTestControl(stage, { node: 0 })
  return { doomed, leader }
}

describe('a control that dies in the middle of a deployment', () => {
  it('is carried on by the leader, with the values of secrets that nobody else has', async () => {
    const stage = openStage()
    const { doomed, leader } = await openPair(stage)
    const token = await addPerson(leader, { name: 'anna', grants: [{ role: 'deployer' }] })
    const { operation } = await stage.settle(doomed.client(token).call('startDeployment', { params, body }, never))
    const stop = new AbortController()
    const controller = resumeAbandoned(leader.control, stop.signal)
    const client = leader.client(token)
    const kinds: string[] = []
    const follow = async (): Promise<void> => {
      const input = { params: { ...params, operation } }
      for await (const { event } of client.follow('followOperation', input, never)) kinds.push(event.kind)
    }
    await stage.settle(follow())
    expect(kinds.at(-1)).toBe('end')
    const ended = await client.call('getOperation', { params: { ...params, operation } }, never)
    expect(ended.outcome).toMatchObject({ kind: 'converged', receipt: { author: 'anna' } })
    expect(ended.outcome?.receipt.resumedBy).toMatchObject([{ owner: `atoll@${leader.control.node.name}` }])
    expect((await client.call('getStatus', { params }, never)).services).toMatchObject([{ state: 'good' }])
    stop.abort()
    await stage.settle(controller)
    expect(await stage.documents.list('sealed', {}, never)).toEqual([])
    await leader[Symbol.asyncDispose]()
    await doomed.server.close()
  })

  it('says what visitors got from its begin on, whoever has ended it', async () => {
    const stage = openStage()
    const { visitors, answer } = createVisitors(stage)
    await using leader = await openTestControl(stage, { node: 0, visitors })
    const token = await addPerson(leader, { name: 'anna', grants: [{ role: 'deployer' }] })
    const first = { params, body: { kind: 'deploy' as const, project: uploadOf(routed) } }
    await stage.settle(leader.client(token).call('startDeployment', first, never))
    await stage.pass(60_000)
    const { mortal } = createKill()
    const engine = mortal<Engine>(stage.engine, (name) => name === 'apply')
    const documents = mortal<Documents>(stage.documents, () => false)
    const doomed = await openTestControl(stage, { node: 1, engine, documents, visitors })
    answer(100)
    const second = { params, body: { kind: 'restart' as const, services: [] } }
    await stage.settle(doomed.client(token).call('startDeployment', second, never))
    await stage.pass(1_000)
    answer(30)
    const stop = new AbortController()
    const controller = resumeAbandoned(leader.control, stop.signal)
    await stage.pass(60_000)
    const read = { params: { ...params, number: 2 } }
    const { state, receipt } = await leader.client(token).call('getDeployment', read, never)
    expect(state).toBe('converged')
    expect(receipt.resumedBy).toHaveLength(1)
    expect(receipt.visitors).toMatchObject({
      all: { requests: 30, failed: 0 },
      routes: [{ route: 'a.example.org/', requests: 30 }],
      uncounted: [],
    })
    stop.abort()
    await stage.settle(controller)
    await doomed.server.close()
  })

  it('and left on purpose is carried on at once, without waiting for its lease', async () => {
    const stage = openStage()
    const leaving = await openTestControl(stage, { node: 1 })
    await using leader = await openTestControl(stage)
    const token = await addPerson(leader, { name: 'anna', grants: [{ role: 'deployer' }] })
    const { operation } = await stage.settle(leaving.client(token).call('startDeployment', { params, body }, never))
    await stage.settle(leaving[Symbol.asyncDispose]())
    const leftMs = stage.clock.now()
    const stop = new AbortController()
    const controller = resumeAbandoned(leader.control, stop.signal)
    const events: string[] = []
    const follow = async (): Promise<void> => {
      const input = { params: { ...params, operation } }
      for await (const { event } of leader.client(token).follow('followOperation', input, never))
        events.push(event.kind)
    }
    await stage.settle(follow())
    stop.abort()
    await stage.settle(controller)
    const record = await leader.client(token).call('getDeployment', { params: { ...params, number: 1 } }, never)
    expect(record.state).toBe('converged')
    expect((record.receipt.resumedBy[0]?.atMs ?? Infinity) - leftMs).toBeLessThan(10_000)
    expect(await stage.documents.list('sealed', {}, never)).toEqual([])
  })

  it('is left to the control that leads, and carried on by another when that one hangs', async () => {
    const stage = openStage()
    const { doomed } = await openPair(stage)
    await using other = await openTestControl(stage, { node: 2 })
    const token = await addPerson(other, { name: 'anna', grants: [{ role: 'deployer' }] })
    await stage.settle(doomed.client(token).call('startDeployment', { params, body }, never))
    const stop = new AbortController()
    const controller = resumeAbandoned(other.control, stop.signal)
    const owner = async () => (await other.client(token).call('getStatus', { params }, never)).running?.owner
    await stage.pass(25_000)
    expect(await owner()).toBe(`anna@${doomed.control.node.name}`)
    await stage.pass(35_000)
    stop.abort()
    await stage.settle(controller)
    const { receipt } = await other.client(token).call('getDeployment', { params: { ...params, number: 1 } }, never)
    expect(receipt.resumedBy[0]?.owner).toBe(`atoll@${other.control.node.name}`)
    await doomed.server.close()
  })
})

describe('a control that is paused in the middle of a deployment', () => {
  it('leaves it to who took it over when it wakes, and shows how that went on', async () => {
    const stage = openStage()
    const { pausable, pause, wake } = createPause()
    const paused = await openTestControl(stage, {
      node: 1,
      engine: pausable<Engine>(stage.engine),
      documents: pausable<Documents>(stage.documents),
    })
    await using leader = await openTestControl(stage, { node: 0 })
    const token = await addPerson(leader, { name: 'anna', grants: [{ role: 'deployer' }] })
    const started = await stage.settle(paused.client(token).call('startDeployment', { params, body }, never))
    const input = { params: { ...params, operation: started.operation } }
    pause()
    const stop = new AbortController()
    const controller = resumeAbandoned(leader.control, stop.signal)
    await stage.pass(30_000)
    wake()
    const kinds: string[] = []
    const follow = async (): Promise<void> => {
      for await (const { event } of paused.client(token).follow('followOperation', input, never)) kinds.push(event.kind)
    }
    await stage.settle(follow())
    expect(kinds.at(-1)).toBe('end')
    stop.abort()
    await stage.settle(controller)
    await stage.pass(30_000)
    const ended = await leader.client(token).call('getOperation', input, never)
    expect(ended.failure).toBeUndefined()
    expect(ended.outcome).toMatchObject({ kind: 'converged' })
    expect(await stage.documents.list('sealed', {}, never)).toEqual([])
    await stage.settle(paused[Symbol.asyncDispose]())
  })
})

describe('a control that dies before a deployment has begun', () => {
  it('leaves an operation that is told as lost, to be asked for again', async () => {
    const stage = openStage()
    const isLease = (name: string, [collection]: readonly unknown[]): boolean =>
      name === 'put' && collection === 'environment'
    const documents = createKill().mortal<Documents>(stage.documents, isLease)
    const doomed = await openTestControl(stage, { node: 1, documents })
    await using other = await openTestControl(stage, { node: 0 })
    const token = await addPerson(other, { name: 'anna', grants: [{ role: 'deployer' }] })
    const client = other.client(token)
    void caught(doomed.client(token).call('startDeployment', { params, body }, never))
    const operation = await vi.waitFor(async () => {
      const [found] = await stage.documents.list('operation', {}, never)
      expect(found).toBeDefined()
      return found?.id ?? ''
    })
    const input = { params: { ...params, operation } }
    expect((await client.call('getOperation', input, never)).failure).toBeUndefined()
    const followed = client.follow('followOperation', input, never).next()
    expect((await stage.settle(followed)).done).toBe(true)
    const told = await client.call('getOperation', input, never)
    expect(told.failure).toMatchObject({ code: 'operation-lost', status: 503, hint: expect.stringContaining('again') })
    await stage.settle(settleOperations(other.control, '', never))
    expect((await client.call('getOperation', input, never)).endedAtMs).toBeGreaterThan(0)
    expect(await stage.documents.list('sealed', {}, never)).toEqual([])
    await doomed.server.close()
  })
})
