import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority } from '@atoll/authority'
import type { ExecRequest } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import type { FakeEngine } from '@atoll/engine/fake'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { nameAgent } from './name-agent.ts'
import { certify, openTestPeers } from './testing.ts'

const live = new AbortController().signal
const mebibyte = 1024 * 1024

/** A task on the node of the second agent. */
const runTask = async (engine: FakeEngine, { app = 'shop', image = 'registry.test/base:1' } = {}): Promise<string> => {
  const nodeId = engine.world.nodes[1]?.id ?? ''
  const ref = { app, environment: 'test' }
  const constraints = [`node.id == ${nodeId}`]
  const base = createService('web', { engineName: `${app}_test_web`, image })
  const service = { ...base, placement: { ...base.placement, constraints } }
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  engine.tick(5_000)
  const task = engine.world.services.get(`${app}_test_web`)?.tasks[0]
  expect(task).toMatchObject({ nodeId })
  return task?.id ?? ''
}

const program = (taskId: string, change: Partial<ExecRequest> = {}): ExecRequest => ({
  taskId,
  argv: ['cat'],
  environment: {},
  stdout: () => undefined,
  stderr: () => undefined,
  ...change,
})

describe('a task on another node', () => {
  it('is reached through its own agent, 64 MB both ways, and little of it is held', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine)
    const filler = Buffer.alloc(mebibyte, 7)
    const block = filler.subarray(0, 64 * 1024)
    const total = 64 * mebibyte
    const count = { sent: 0, received: 0, most: 0 }
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for (; count.sent < total; count.sent += block.length) {
        count.most = Math.max(count.most, count.sent - count.received)
        yield block
      }
    }
    const stdout = (chunk: Uint8Array): void => {
      if (filler.subarray(0, chunk.length).equals(chunk)) count.received += chunk.length
    }
    expect(await agents.remote.exec(program(taskId, { stdin: input(), stdout }), live)).toBe(0)
    expect(count).toMatchObject({ sent: total, received: total })
    expect(count.most).toBeLessThan(24 * mebibyte)
  }, 60_000)

  it('has a terminal that is resized, and an exit status', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine)
    const resized = Promise.withResolvers<unknown>()
    engine.exec = async ({ onResize, tty }) => {
      expect(tty).toEqual({ columns: 80, rows: 25 })
      onResize?.(resized.resolve)
      expect(await resized.promise).toEqual({ columns: 100, rows: 30 })
      return 5
    }
    const onResize: ExecRequest['onResize'] = (listener) => listener({ columns: 100, rows: 30 })
    expect(await agents.remote.exec(program(taskId, { tty: { columns: 80, rows: 25 }, onResize }), live)).toBe(5)
  })

  it('shows its health output', async () => {
    const engine = openFakeEngine()
    const image = 'registry.test/sick:1'
    engine.setImage(image, { run: { kind: 'unhealthy', afterMs: 1_000, output: 'no answer' } })
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine, { image })
    engine.inspectTask = async () => ({ isOutOfMemory: false, health: [{ exitCode: 1, output: 'seen', atMs: 1 }] })
    expect((await agents.remote.inspectTask(taskId, live)).health).toEqual([{ exitCode: 1, output: 'seen', atMs: 1 }])
  })

  it('of the platform is refused where it runs', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine, { app: 'atoll' })
    const refused = { code: 'refused', message: expect.stringContaining("platform's own") }
    await expect(agents.remote.exec(program(taskId), live)).rejects.toMatchObject(refused)
  })

  it('is cut off without an exit status when the connection of the agents breaks', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine)
    engine.exec = async ({ stdout }, signal) => {
      await stdout(Buffer.from('some'))
      await once(signal, 'abort')
      return 0
    }
    const stdout = (): void => agents.doors[1]?.closeAllConnections()
    const cut = { code: 'unreachable', retry: false }
    await expect(agents.remote.exec(program(taskId, { stdout }), live)).rejects.toMatchObject(cut)
  })

  it('says so when no agent is there', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine)
    const taskId = await runTask(engine)
    agents.places.pop()
    const gone = { code: 'unreachable', message: expect.stringContaining('none runs there') }
    await expect(agents.remote.exec(program(taskId), live)).rejects.toMatchObject(gone)
  })
})

describe('an agent without power', () => {
  /** Takes connections, as the kernel of a frozen machine does, and says nothing. */
  const openSilent = async (port: number): Promise<AsyncDisposable> => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
    await once(server.listen(port, silent.addresses[0]), 'listening')
    return {
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy()
        await once(server.close(), 'close')
      },
    }
  }
  const silent = { nodeId: 'n9', addresses: ['127.0.0.9'] }

  it('is given up soon, once, and what others were asked goes on for longer than that', async () => {
    const engine = openFakeEngine()
    await using agents = await openTestPeers(engine, { connectMs: 200 })
    await using _ = await openSilent(agents.port)
    agents.places.push(silent)
    const taskId = await runTask(engine)
    const isGivenUp = Promise.withResolvers<void>()
    engine.exec = async () => {
      await isGivenUp.promise
      return 7
    }
    const running = agents.remote.exec(program(taskId), live)
    await expect(agents.remote.usage(silent.nodeId, live)).rejects.toMatchObject({
      code: 'unreachable',
      retry: false,
      message: expect.stringContaining('127.0.0.9: no answer for 0.2 s'),
    })
    isGivenUp.resolve()
    expect(await running).toBe(7)
  })
})

describe('the door of an agent', () => {
  it.each([
    ['no certificate', undefined],
    ["a control's certificate", { name: 'control', use: 'server' }],
    ['a certificate for a client that is no agent', { name: 'somebody', use: 'client' }],
    ["an agent's certificate of another authority", { name: nameAgent('n1'), other: true }],
  ] as const)('is closed to %s', async (_who, shown) => {
    await using agents = await openTestPeers(openFakeEngine())
    const other = await createAuthority({ name: 'test', nowMs: Date.now() })
    const own = shown && (await certify('other' in shown ? other : agents.authority, shown))
    expect(await knock(agents, { path: '/v1/inspectTask', own })).not.toMatch(/"health"|not on/)
    const agent = await certify(agents.authority, { name: nameAgent('n1') })
    expect(await knock(agents, { path: '/v1/inspectTask', own: agent })).toContain('task x is not on')
  })

  it('lets agents ask for their own kind of verbs only', async () => {
    await using agents = await openTestPeers(openFakeEngine())
    const own = await certify(agents.authority, { name: nameAgent('n1') })
    expect(await knock(agents, { path: '/v1/configs.list', own })).toContain('it is not asked of a single node')
    expect(await knock(agents, { path: '/v1/inspectTask', own, target: 'n9' })).toContain('knows no others')
    expect(await knock(agents, { path: '/v1/listEnvironments', own, target: undefined })).toContain('only other agents')
  })
})

interface Knock {
  readonly path: string
  readonly own: { readonly certificatePem: string; readonly keyPem: string } | undefined
  readonly target?: string | undefined
}

const knock = async (agents: Awaited<ReturnType<typeof openTestPeers>>, knocking: Knock): Promise<string> => {
  const { path, own, target = 'target' in knocking ? undefined : agents.other.nodeId } = knocking
  const call = request({
    host: agents.other.address,
    port: agents.port,
    servername: nameAgent(agents.other.nodeId),
    ca: agents.authority.certificatePem,
    ...(own === undefined ? {} : { cert: own.certificatePem, key: own.keyPem }),
    method: 'POST',
    path,
    headers: target === undefined ? {} : { 'x-atoll-node': target },
    agent: false,
  })
  try {
    const answered = once(call, 'response')
    call.end('{"taskId":"x"}')
    const [response] = (await answered) as [IncomingMessage]
    return await text(response)
  } catch (error) {
    return String(error)
  }
}
