import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openClient } from './client.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import type { Answer } from './scripted-engine.ts'
import { openSshStream } from './ssh-stream.ts'

const signal = new AbortController().signal
const shape = z.object({ Name: z.string() })

const withEngine = async (answer: Answer, api?: string) => {
  const engine = await openScriptedEngine(answer, api)
  const client = openClient(engine.endpoint)
  cleanups.push(async () => {
    await client[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  })
  return { engine, client }
}

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

describe('the client of an engine', () => {
  it('speaks the newest version both know, asked once', async () => {
    const { client, engine } = await withEngine((_, response) => reply(response, 200, { Name: 'a' }))
    expect(await client.json({ method: 'GET', path: '/info' }, shape, signal)).toEqual({ Name: 'a' })
    await client.json(
      { method: 'GET', path: '/info', query: { filters: { label: ['a=b'] }, t: ['x', 'y'] } },
      shape,
      signal,
    )
    expect(engine.requests).toEqual([
      'GET /version',
      'GET /v1.41/info',
      'GET /v1.41/info?filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D&t=x&t=y',
    ])
  })

  it('refuses an engine that is too old and says what to do', async () => {
    const { client } = await withEngine(() => undefined, '1.40')
    await expect(client.json({ method: 'GET', path: '/info' }, shape, signal)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('install Docker 20.10 or newer'),
    })
  })

  it('stops a reply of another shape', async () => {
    const { client } = await withEngine((_, response) => reply(response, 200, { Name: 7 }))
    await expect(client.json({ method: 'GET', path: '/info' }, shape, signal)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('Name'),
    })
  })

  it('says what was done, where, and what the engine said', async () => {
    const { client, engine } = await withEngine((_, response) => reply(response, 404, { message: 'no such thing' }))
    const call = { method: 'GET', path: '/services/x', doing: 'read service x' } as const
    await expect(client.send(call, signal)).rejects.toMatchObject({
      code: 'not-found',
      retry: false,
      message: `read service x on ${engine.endpoint.name}: no such thing`,
    })
  })

  it('gives up after its time, and at once with its signal', async () => {
    const { client } = await withEngine(() => undefined)
    await expect(client.send({ method: 'GET', path: '/info', timeoutMs: 40 }, signal)).rejects.toMatchObject({
      code: 'timeout',
      retry: true,
    })
    const ending = new AbortController()
    const waiting = client.send({ method: 'GET', path: '/info' }, ending.signal)
    ending.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'timeout', retry: false })
  })

  it('gives a stream that outlives the time to its beginning', async () => {
    const { client } = await withEngine((_, response) => {
      response.write('one\n')
      setTimeout(() => response.end('two\n'), 120)
    })
    const stream = await client.stream({ method: 'GET', path: '/events', timeoutMs: 60 }, signal)
    expect(await text(stream)).toBe('one\ntwo\n')
  })

  it('says so when nobody listens', async () => {
    const { client, engine } = await withEngine(() => undefined)
    await engine.stop()
    await expect(client.send({ method: 'GET', path: '/info' }, signal)).rejects.toMatchObject({
      code: 'unreachable',
      retry: true,
      message: expect.stringContaining('no engine listens there'),
    })
  })
})

describe('an engine behind ssh', () => {
  /** Stands for ssh: joins its standard streams to the socket, or fails as ssh does. */
  const installSsh = async (body: string): Promise<void> => {
    const dir = await mkdtemp(join(tmpdir(), 'atoll-ssh-'))
    await writeFile(join(dir, 'ssh'), `#!${process.execPath}\n${body}`)
    await chmod(join(dir, 'ssh'), 0o755)
    const path = process.env['PATH'] ?? ''
    process.env['PATH'] = dir + delimiter + path
    cleanups.push(async () => {
      process.env['PATH'] = path
      await rm(dir, { recursive: true })
    })
  }

  it('is spoken to through docker system dial-stdio', async () => {
    const { engine } = await withEngine((_, response) => reply(response, 200, { Name: 'far' }))
    await installSsh(`
      const wanted = ['-p', '2222', '-T', '--', 'me@far', 'docker', 'system', 'dial-stdio']
      if (process.argv.slice(-8).join() !== wanted.join()) process.exit(9)
      const socket = require('node:net').connect(${JSON.stringify(engine.endpoint.path)})
      process.stdin.pipe(socket).pipe(process.stdout)`)
    await using client = openClient({ kind: 'ssh', name: 'ssh://me@far:2222', destination: 'me@far', port: 2222 })
    for (let count = 0; count < 3; count++)
      expect(await client.json({ method: 'GET', path: '/info' }, shape, signal)).toEqual({ Name: 'far' })
  })

  it('fails with what ssh printed', async () => {
    await installSsh(`console.error('me@far: Permission denied (publickey).'); process.exit(255)`)
    await using client = openClient({ kind: 'ssh', name: 'ssh://me@far', destination: 'me@far' })
    await expect(client.send({ method: 'GET', path: '/info' }, signal)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('Permission denied (publickey)'),
    })
  })

  it('fails with what ssh printed also when ssh took not all of what it was told', async () => {
    const why = 'Could not resolve hostname far'
    await installSsh(
      `require('node:fs').closeSync(0); setTimeout(() => { console.error(${JSON.stringify(why)}); process.exit(255) }, 100)`,
    )
    const stream = openSshStream({ destination: 'me@far' })
    stream.write(Buffer.alloc(2_000_000))
    await expect(text(stream)).rejects.toThrow(why)
  })
})
