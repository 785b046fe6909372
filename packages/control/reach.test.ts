import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { duplexPair, PassThrough } from 'node:stream'
import type { Duplex } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { openStage } from '@atoll/deploy/stage'
import type { Engine } from '@atoll/engine'
import { packFiles, unpackFiles } from '@atoll/engine/files'
import { Channels } from '@atoll/engine/relay'
import { conduct } from '@atoll/engine/remote'
import { createService } from '@atoll/plan/fixtures'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from './test-control.ts'
import type { TestControl } from './test-control.ts'

const live = new AbortController().signal
const mebibyte = 1024 * 1024
const folder = mkdtempSync(join(tmpdir(), 'atoll-reach-'))
afterAll(() => rmSync(folder, { recursive: true }))

const runTask = async ({ engine }: ReturnType<typeof openStage>, app = 'shop'): Promise<string> => {
  const service = createService('web', { engineName: `${app}_test_web`, image: 'registry.test/base:1' })
  const ref = { app, environment: 'test' }
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  engine.tick(5_000)
  return engine.world.services.get(service.engineName)?.tasks[0]?.id ?? ''
}

interface Asked {
  readonly token: string
  readonly task: string
  readonly what: 'files/read' | 'files/write' | 'forward'
}

/** The connection as it became frames; throws the code it was refused with. */
const connect = async ({ url }: TestControl, { token, task, what }: Asked): Promise<Duplex> => {
  const headers = { connection: 'Upgrade', upgrade: 'atoll-exec', authorization: `Bearer ${token}` }
  const address = `${url}/v1/apps/shop/environments/test/tasks/${task}/${what}`
  const call = httpRequest(address, { headers, agent: false }).end()
  const upgraded = once(call, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>
  const answered = once(call, 'response') as Promise<[IncomingMessage]>
  upgraded.catch(() => undefined)
  answered.catch(() => undefined)
  const first = await Promise.race([upgraded, answered])
  if (first.length === 3) return first[1].on('error', () => undefined)
  throw new Error((JSON.parse(await text(first[0])) as { code: string }).code)
}

const quiet = (): void => undefined

interface Said {
  readonly start: object
  readonly stdin?: AsyncIterable<Uint8Array>
  readonly stdout?: (chunk: Uint8Array) => void | Promise<void>
}

const talk = async (socket: Duplex, { start, stdin, stdout = quiet }: Said): Promise<number> => {
  const ends = { stdout, stderr: quiet, ...(stdin === undefined ? {} : { stdin }) }
  const conversation = { outgoing: socket, incoming: Promise.resolve(socket) }
  try {
    return await conduct(conversation, { request: ends, start, doing: 'reach' }, live)
  } finally {
    socket.destroy()
  }
}

const open = async (engine: Partial<Engine> = {}) => {
  const stage = openStage()
  const test = await openTestControl(stage, { engine: { ...stage.engine, ...engine } })
  const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer', app: 'shop' }] })
  const task = await runTask(stage)
  const reader = await addPerson(test, { name: 'rita', grants: [{ role: 'owner' }] })
  const audit = async () => (await test.client(reader).call('listAudit', {}, live)).items
  return { ...test, stage, test, token, task, audit }
}

const params = (task: string) => ({ app: 'shop', environment: 'test', task })

describe('reaching into tasks through a control', () => {
  it('copies a file there and back, and both are in the audit', async () => {
    await using world = await open()
    const { test, token, task } = world
    writeFileSync(join(folder, 'a'), Buffer.alloc(2 * mebibyte, 9))
    const stdin = packFiles(join(folder, 'a'), { name: 'a', onSkip: quiet, signal: live })
    const writing = await connect(test, { token, task, what: 'files/write' })
    expect(await talk(writing, { start: { path: '/tmp' }, stdin })).toBe(0)
    expect(
      await test.client(token).call('statFile', { params: params(task), query: { path: '/tmp/a' } }, live),
    ).toEqual({ found: { kind: 'file', sizeBytes: 2 * mebibyte } })
    const tar = new PassThrough()
    const unpacking = unpackFiles(tar, { to: join(folder, 'b'), onSkip: quiet, signal: live })
    const reading = await connect(test, { token, task, what: 'files/read' })
    await talk(reading, { start: { path: '/tmp/a' }, stdout: (chunk) => void tar.write(chunk) })
    tar.end()
    await unpacking
    expect(readFileSync(join(folder, 'b')).equals(readFileSync(join(folder, 'a')))).toBe(true)
    const about = { by: 'anna', subject: 'shop/test' }
    expect((await world.audit()).toSorted((a, b) => a.sequence - b.sequence)).toMatchObject([
      { ...about, action: 'writeFiles', after: { service: 'shop_test_web', task, path: '/tmp' } },
      { ...about, action: 'readFiles', after: { path: '/tmp/a' } },
    ])
  })

  it('is held up by nobody: neither side has more than a little of what the other does not take', async () => {
    const count = { written: 0, read: 0, most: 0 }
    const readFiles: Engine['readFiles'] = async ({ take }) => {
      for (; count.written < 16 * mebibyte; count.written += mebibyte) {
        count.most = Math.max(count.most, count.written - count.read)
        await take(Buffer.alloc(mebibyte))
      }
    }
    await using world = await open({ readFiles })
    const { test, token, task } = world
    const stdout = async (chunk: Uint8Array): Promise<void> => {
      for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
      count.read += chunk.length
    }
    await talk(await connect(test, { token, task, what: 'files/read' }), { start: { path: '/x' }, stdout })
    expect(count).toMatchObject({ written: 16 * mebibyte, read: 16 * mebibyte })
    expect(count.most).toBeLessThan(12 * mebibyte)
  })

  it('carries connections to ports, and ends when the task has', async () => {
    await using world = await open()
    const { test, token, task, stage } = world
    const input = new PassThrough()
    const isReady = Promise.withResolvers<void>()
    const channels = new Channels({ send: (frame) => void input.write(frame), onHello: isReady.resolve })
    const socket = await connect(test, { token, task, what: 'forward' })
    const ended = talk(socket, { start: { ports: [80] }, stdin: input, stdout: (chunk) => channels.take(chunk) })
    await isReady.promise
    const [here, there] = duplexPair({ allowHalfOpen: true })
    channels.open(80, there)
    here.end('ahoy')
    expect((await buffer(here)).toString()).toBe('ahoy')
    input.end()
    expect(await ended).toBe(0)
    expect(await world.audit()).toMatchObject([{ action: 'forwardPorts', after: { ports: [80] } }])
    stage.engine.world.services.clear()
    await expect(connect(test, { token, task, what: 'forward' })).rejects.toThrow('not-found')
  })

  it('tells a missing path, and refuses tasks of others and what is no path or port', async () => {
    await using world = await open()
    const { test, token, task, stage } = world
    const other = await runTask(stage, 'other')
    await expect(connect(test, { token, task: other, what: 'files/read' })).rejects.toThrow('not-found')
    const bad = [
      ['files/read', { path: '/nowhere' }, 'not-found'],
      ['files/read', { path: 'tmp' }, 'invalid'],
      ['files/write', { path: '/tmp\0x' }, 'invalid'],
      ['forward', { ports: [0] }, 'invalid'],
      ['forward', { ports: [] }, 'invalid'],
    ] as const
    for (const [what, start, code] of bad)
      await expect(talk(await connect(test, { token, task, what }), { start })).rejects.toMatchObject({ code })
    const weak = await addPerson(test, { name: 'bob', grants: [{ role: 'deployer' }] })
    await expect(connect(test, { token: weak, task, what: 'files/read' })).rejects.toThrow('forbidden')
  })

  it('tells a viewer what tasks use, and what could not be asked', async () => {
    await using world = await open()
    const { test, stage } = world
    const viewer = await addPerson(test, { name: 'vic', grants: [{ role: 'viewer', app: 'shop' }] })
    const ask = () => test.client(viewer).call('getStats', { params: { app: 'shop', environment: 'test' } }, live)
    const before = await ask()
    expect(before.items).toMatchObject([{ service: 'web', restarts: 0, sample: { processes: 1 } }])
    for (const node of stage.engine.world.nodes) node.state = 'unknown'
    const { items } = await ask()
    expect(items).toMatchObject([{ service: 'web', trouble: expect.stringContaining('does not answer') }])
    expect(items[0]).not.toHaveProperty('sample')
  })
})
