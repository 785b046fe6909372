import { request as httpRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { link, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { openFakeEngine } from '@atoll/engine/fake'
import type { FakeEngine } from '@atoll/engine/fake'
import { openRemoteEngine } from '@atoll/engine/remote'
import type { Action } from '@atoll/plan'
import { createFile, createService } from '@atoll/plan/fixtures'
import { AgentError } from './errors.ts'
import { openAgentServer } from './server.ts'
import { nodeOf, nowhere, openTestAgent, testSelf } from './testing.ts'
import type { TestAgent } from './testing.ts'

const ref = { app: 'shop', environment: 'production' }
const live = new AbortController().signal
const web = createService('web', { engineName: 'shop_production_web', image: 'registry.test/base:1' })

let engine: FakeEngine
let agent: TestAgent

beforeEach(async () => {
  engine = openFakeEngine()
  agent = await openTestAgent(engine)
})

afterEach(async () => {
  await agent[Symbol.asyncDispose]()
})

const post = async (verb: string, body: string | Buffer, method = 'POST') => {
  const request = httpRequest({ socketPath: agent.socketPath, method, path: `/v1/${verb}`, agent: false })
  request.on('error', () => undefined).end(body)
  const [response] = await once(request, 'response')
  return { status: response.statusCode as number, text: await text(response) }
}

const apply = (action: Action, app = 'shop', secrets = {}) =>
  agent.remote.apply(action, { ref: { ...ref, app }, release: 1, secrets }, live)

describe('a request that is no good', () => {
  test.each([
    ['no JSON', 'observe', 'no json'],
    ['no body', 'observe', ''],
    ['another shape', 'observe', '{"ref":"shop"}'],
    ['a key that nobody knows', 'observe', '{"ref":{"app":"shop","environment":"production"},"more":1}'],
    ['an id that climbs', 'inspectTask', '{"taskId":"../services"}'],
    ['a log of an id that climbs', 'readLog', '{"taskId":"../x","follow":false}'],
    ['a log without its end', 'readLog', '{"taskId":"x"}'],
    ['an image that climbs', 'resolveImage', '{"image":"a/../../configs"}'],
    [
      'an unknown action',
      'apply',
      '{"action":{"kind":"create-host"},"ref":{"app":"a","environment":"b"},"release":1,"secrets":{}}',
    ],
    [
      'an action without its service',
      'apply',
      '{"action":{"kind":"create-service"},"ref":{"app":"a","environment":"b"},"release":1,"secrets":{}}',
    ],
    ['a config that is no document', 'configs.create', '{"name":"shop_settings","labels":{},"data":""}'],
    ['configs by labels of others', 'configs.list', '{"labels":{"com.docker.stack":"x"}}'],
    ['all configs', 'configs.list', '{"labels":{}}'],
    ['a deep one', 'observe', `{"ref":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['one above the limit', 'observe', `{"ref":"${'x'.repeat(1024 * 1024)}"}`],
    ['an unknown verb', 'docker', '{}'],
    ['a verb of every object', 'constructor', '{}'],
    ['an exec without a start', 'exec', Buffer.from([1, 255, 255, 255, 255])],
    ['an exec of another shape', 'exec', Buffer.concat([Buffer.from([0, 0, 0, 0, 2]), Buffer.from('{}')])],
  ])('%s is refused as such, and the agent goes on', async (_what, verb, body) => {
    const answer = await post(verb, body)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'invalid', retry: false } })
    expect(await agent.remote.self(live)).toEqual(testSelf)
    expect(engine.world.services.size).toBe(0)
    expect(agent.configs.stored.size).toBe(0)
  })

  it('is refused while it is still being sent', async () => {
    const request = httpRequest({ socketPath: agent.socketPath, method: 'POST', path: '/v1/observe', agent: false })
    request.on('error', () => undefined)
    const answered = once(request, 'response')
    for (let sent = 0; sent < 40; sent++) request.write(Buffer.alloc(64 * 1024, 32))
    const [response] = await answered
    expect(JSON.parse(await text(response))).toMatchObject({ error: { code: 'invalid' } })
    request.destroy()
  })

  it('has no other method', async () => {
    expect((await post('nodes', '', 'PUT')).status).toBe(400)
  })

  it('hears of every key of a service that is not known', async () => {
    const action = { kind: 'create-service', service: { ...web, privileged: true } }
    const answer = await post('apply', JSON.stringify({ action, ref, release: 1, secrets: {} }))
    expect(answer.text).toContain('privileged')
    expect(engine.world.services.size).toBe(0)
  })
})

describe('the policy', () => {
  const bind = createService('web', {
    engineName: 'shop_production_web',
    image: 'registry.test/base:1',
    mounts: [{ kind: 'bind', source: '/srv/data', target: '/data', isReadOnly: false }],
  })

  it('is asked before the engine, and so are owners', async () => {
    await expect(apply({ kind: 'create-service', service: bind })).rejects.toMatchObject({
      code: 'refused',
      retry: false,
      message: expect.stringContaining('services.web.volumes (/data)'),
    })
    expect(engine.world.services.size).toBe(0)
    await agent.documents.put('allowance', 'shop', { expected: 0, value: { hostPaths: ['/srv/data'] } }, live)
    await apply({ kind: 'create-service', service: bind })
    expect(engine.world.services.size).toBe(1)
  })

  it('refuses what it cannot judge', async () => {
    await agent.documents.put('allowance', 'shop', { expected: 0, value: { hostPaths: '/srv/data' } }, live)
    await expect(apply({ kind: 'create-service', service: bind })).rejects.toMatchObject({ code: 'invalid' })
    expect(engine.world.services.size).toBe(0)
  })

  it('lets nobody change the platform, or move its volumes, or run programs in it', async () => {
    const service = createService('agent', { engineName: 'atoll_system_agent', image: 'registry.test/base:1' })
    const own = { app: 'atoll', environment: 'system' }
    const refused = { code: 'refused' }
    await expect(apply({ kind: 'create-service', service }, 'atoll')).rejects.toMatchObject(refused)
    await expect(agent.remote.removeVolume(own, 'x', 'node1id', live)).rejects.toMatchObject(refused)
    const move = { ref, engineName: 'atoll_system_run', toNodeId: 'node1id', onProgress: () => undefined }
    await expect(agent.remote.moveVolume(move, live)).rejects.toMatchObject(refused)
    await engine.apply({ kind: 'create-service', service }, { ref: own, release: 1, secrets: {} }, live)
    engine.tick(5_000)
    const [task] = (await agent.remote.observe(own, live)).services[0]?.tasks ?? []
    const argv = ['true']
    const taker = () => undefined
    const run = agent.remote.exec({ taskId: task?.id ?? '', argv, environment: {}, stdout: taker, stderr: taker }, live)
    await expect(run).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining("platform's own") })
  })

  it('builds from addresses only', async () => {
    const build = { context: '/etc', dockerfile: 'Dockerfile', args: {}, labels: {}, extraHosts: [], platforms: [] }
    const request = {
      build: { ...build, tags: [], isPulling: false, noCache: false },
      reference: 'r/x:1',
      onLine: () => undefined,
    }
    await expect(agent.remote.buildImage(request, live)).rejects.toMatchObject({ code: 'refused' })
    const context = 'https://git.test/shop.git'
    const built = await agent.remote.buildImage({ ...request, build: { ...request.build, context } }, live)
    expect(built).toContain('@sha256:')
  })
})

describe('configs', () => {
  const labels = { 'atoll.document': 'head', 'atoll.document.collection': 'notes' }
  const data = Uint8Array.from({ length: 300 }, (_, index) => index % 256)

  it('of the platform are made, listed and removed, bytes as they were', async () => {
    const { configs } = agent.remote
    const id = await configs.create({ name: 'atoll.notes.a.1', labels, data }, live)
    const [found] = await configs.list({ labels, namePrefix: 'atoll.notes.' }, live)
    expect(found).toMatchObject({ id, name: 'atoll.notes.a.1', labels })
    expect(Buffer.from(found?.data ?? [])).toEqual(Buffer.from(data))
    await expect(configs.create({ name: 'atoll.notes.a.1', labels, data }, live)).rejects.toMatchObject({
      code: 'name-taken',
    })
    await configs.remove(id, live)
    expect(agent.configs.stored.size).toBe(0)
  })

  it('of others are neither seen nor removed', async () => {
    const foreign = await agent.configs.create({ name: 'shop_settings', labels: { 'atoll.app': 'shop' }, data }, live)
    expect(await agent.remote.configs.list({ labels: { 'atoll.app': 'shop' } }, live)).toEqual([])
    await expect(agent.remote.configs.remove(foreign, live)).rejects.toMatchObject({ code: 'refused' })
    expect(agent.configs.stored.has(foreign)).toBe(true)
  })

  it('that another agent made are removed, too', async () => {
    const id = await agent.configs.create({ name: 'atoll.notes.b.1', labels, data }, live)
    await agent.remote.configs.remove(id, live)
    expect(agent.configs.stored.size).toBe(0)
  })

  it('tell when they come', async () => {
    const stop = new AbortController()
    const names: string[] = []
    const following = (async () => {
      for await (const { name } of agent.remote.configs.events(stop.signal)) {
        names.push(name)
        stop.abort()
      }
    })()
    for (let count = 0; !stop.signal.aborted; count++) {
      await agent.configs.create({ name: `shop_${count}`, labels: {}, data }, live)
      await agent.remote.configs.create({ name: `atoll.notes.c.${count}`, labels, data }, live)
    }
    await following
    expect(names[0]).toMatch(/^atoll\.notes\.c\./)
  })
})

describe('the log', () => {
  it('says what was done to what, and never what a secret is', async () => {
    const file = createFile('password', 'ab12')
    const hush = Buffer.from('hush-hush')
    await apply({ kind: 'create-secret', file }, 'shop', { [file.engineName]: hush })
    await expect(apply({ kind: 'create-service', service: web }, 'atoll')).rejects.toThrow('atoll init')
    expect(agent.log).toMatchObject([
      { verb: 'apply', ref: 'shop/production', subject: `create-secret ${file.engineName}`, outcome: 'done' },
      { verb: 'apply', ref: 'atoll/production', outcome: 'refused' },
    ])
    const line = JSON.stringify(agent.log)
    expect(line).not.toContain('hush-hush')
    expect(line).not.toContain(hush.toString('base64'))
  })

  it('has nothing of looking', async () => {
    await agent.remote.observe(ref, live)
    expect(agent.log).toEqual([])
  })
})

describe('errors', () => {
  it('are the same on both ends', async () => {
    engine.world.failure = 'no-quorum'
    const failure = { name: 'EngineError', code: 'no-quorum', retry: true, message: 'ask the engine: no-quorum' }
    await expect(agent.remote.nodes(live)).rejects.toMatchObject(failure)
  })

  it('name the socket when nobody listens', async () => {
    await using remote = openRemoteEngine({ socketPath: `${agent.socketPath}.none` })
    const failure = { code: 'unreachable', retry: true, message: expect.stringContaining(`${agent.socketPath}.none`) }
    await expect(remote.nodes(live)).rejects.toMatchObject(failure)
    await expect(remote.watch(ref, live)[Symbol.asyncIterator]().next()).rejects.toMatchObject(failure)
  })

  it('ask the caller once more before anything is sent', async () => {
    const lost = new Error('lost')
    const assertHeld = (): void => {
      throw lost
    }
    const action: Action = { kind: 'create-service', service: web }
    await expect(agent.remote.apply(action, { ref, release: 1, secrets: {}, assertHeld }, live)).rejects.toBe(lost)
    expect(engine.world.services.size).toBe(0)
  })
})

describe('the socket', () => {
  it('can be opened by its owner only', async () => {
    expect((await stat(agent.socketPath)).mode & 0o777).toBe(0o600)
  })

  it('of a dead predecessor is replaced, that of a living one is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atoll-agent-'))
    const socketPath = join(folder, 'a.sock')
    const around = { node: nodeOf(engine), directory: nowhere, self: async () => testSelf }
    const parts = { engine, configs: agent.configs, documents: agent.documents, ...around }
    const open = () => openAgentServer({ ...parts, now: Date.now, writeLog: () => undefined, socketPath })
    try {
      // Closing takes away only the name it was opened by.
      const dead = createServer().listen(`${socketPath}.old`)
      await once(dead, 'listening')
      await link(`${socketPath}.old`, socketPath)
      dead.close()
      await once(dead, 'close')
      await using first = await open()
      await expect(open()).rejects.toMatchObject({ name: 'AgentError', code: 'in-use', retry: true })
      await using remote = openRemoteEngine({ socketPath })
      expect(await remote.self(live)).toEqual(testSelf)
      await first.close(0)
      await expect(stat(socketPath)).rejects.toMatchObject({ code: 'ENOENT' })
      await writeFile(socketPath, 'no socket')
      await expect(open()).rejects.toThrow(AgentError)
      expect((await stat(socketPath)).isFile()).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('is left by a caller that says nothing without harm', async () => {
    const socket = connect(agent.socketPath)
    await once(socket, 'connect')
    socket.write('no HTTP\r\n\r\n')
    await once(socket.resume(), 'close')
    expect(await agent.remote.self(live)).toEqual(testSelf)
  })
})
