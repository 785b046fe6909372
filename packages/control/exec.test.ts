import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { openStage } from '@atoll/deploy/stage'
import type { ExecRequest } from '@atoll/engine'
import { conductExec } from '@atoll/engine/remote'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { listAudit } from './audit/audit.ts'
import { addPerson, openTestControl } from './test-control.ts'
import type { TestControl } from './test-control.ts'

const live = new AbortController().signal
const mebibyte = 1024 * 1024

const runTask = async ({ engine }: ReturnType<typeof openStage>, app = 'shop'): Promise<string> => {
  const service = createService('web', { engineName: `${app}_test_web`, image: 'registry.test/base:1' })
  const ref = { app, environment: 'test' }
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  engine.tick(5_000)
  return engine.world.services.get(service.engineName)?.tasks[0]?.id ?? ''
}

/** What a client gets: frames, or the status and the code it was refused with. */
const ask = async (
  { url }: TestControl,
  { token, task, app = 'shop', upgrade = 'atoll-exec' }: Record<string, string>,
): Promise<Duplex | { readonly status: number | undefined; readonly code: unknown }> => {
  const call = httpRequest(`${url}/v1/apps/${app}/environments/test/tasks/${task}/exec`, {
    headers: { connection: 'Upgrade', upgrade, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    agent: false,
  }).end()
  const upgraded = once(call, 'upgrade') as Promise<[IncomingMessage, Duplex, Buffer]>
  const answered = once(call, 'response') as Promise<[IncomingMessage]>
  upgraded.catch(() => undefined)
  answered.catch(() => undefined)
  const first = await Promise.race([upgraded, answered])
  if (first.length === 3) return first[1].on('error', () => undefined)
  return { status: first[0].statusCode, code: (JSON.parse(await text(first[0])) as { code: unknown }).code }
}

const connect = async (control: TestControl, asked: Record<string, string>): Promise<Duplex> => {
  const socket = await ask(control, asked)
  if ('status' in socket) throw new Error(`refused: ${JSON.stringify(socket)}`)
  return socket
}

const run = (socket: Duplex, change: Partial<ExecRequest> = {}): Promise<number> => {
  const quiet = { stdout: () => undefined, stderr: () => undefined }
  const request = { argv: ['cat'], environment: {}, ...quiet, ...change }
  const conversation = { outgoing: socket, incoming: Promise.resolve(socket) }
  return conductExec(conversation, { request, start: {}, doing: 'run cat' }, live)
}

/** A program that says something, and then waits for its end. */
const lasting = () => {
  const seen = { isStopped: Promise.withResolvers<void>() }
  const exec = async ({ stdout }: ExecRequest, signal: AbortSignal): Promise<number> => {
    await stdout(Buffer.from('begun'))
    await once(signal, 'abort')
    seen.isStopped.resolve()
    return 0
  }
  return { seen, exec }
}

describe('exec', () => {
  it('carries 64 MB both ways and holds little of it, and is in the audit', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const task = await runTask(stage)
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer', app: 'shop' }] })
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
    expect(await run(await connect(test, { token, task }), { stdin: input(), stdout })).toBe(0)
    expect(count).toMatchObject({ sent: total, received: total })
    expect(count.most).toBeLessThan(16 * mebibyte)
    const named = { by: 'anna', action: 'execInTask', subject: 'shop/test' }
    expect(await listAudit(test.control, live)).toMatchObject([
      { kind: 'done', of: 1, ...named, after: { service: 'shop_test_web', task, command: 'cat' } },
      { kind: 'intent', ...named },
    ])
  }, 60_000)

  it('slows a program down to the pace of who reads it', async () => {
    const stage = openStage()
    const count = { written: 0, read: 0, most: 0 }
    const exec = async ({ stdout }: ExecRequest): Promise<number> => {
      for (; count.written < 16 * mebibyte; count.written += mebibyte) {
        count.most = Math.max(count.most, count.written - count.read)
        await stdout(Buffer.alloc(mebibyte))
      }
      return 0
    }
    await using test = await openTestControl(stage, { engine: { ...stage.engine, exec } })
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer' }] })
    const stdout = async (chunk: Uint8Array): Promise<void> => {
      for (let turns = 0; turns < 20; turns += 1) await turn()
      count.read += chunk.length
    }
    expect(await run(await connect(test, { token, task: await runTask(stage) }), { stdout })).toBe(0)
    expect(count).toMatchObject({ written: 16 * mebibyte, read: 16 * mebibyte })
    expect(count.most).toBeLessThan(12 * mebibyte)
  }, 30_000)

  it('has a terminal that is resized, and an exit status', async () => {
    const stage = openStage()
    const resized = Promise.withResolvers<unknown>()
    const exec = async ({ onResize }: ExecRequest): Promise<number> => {
      onResize?.(resized.resolve)
      expect(await resized.promise).toEqual({ columns: 100, rows: 30 })
      return 5
    }
    await using test = await openTestControl(stage, { engine: { ...stage.engine, exec } })
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer' }] })
    const socket = await connect(test, { token, task: await runTask(stage) })
    const tty = { columns: 80, rows: 25 }
    expect(await run(socket, { tty, onResize: (listener) => listener({ columns: 100, rows: 30 }) })).toBe(5)
  })

  it('ends with a reason when the control stops, and without an exit status when it dies', async () => {
    const stage = openStage()
    const { exec } = lasting()
    await using test = await openTestControl(stage, { engine: { ...stage.engine, exec } })
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer' }] })
    const task = await runTask(stage)
    const dying = await connect(test, { token, task })
    await expect(run(dying, { stdout: () => void dying.destroy() })).rejects.toBeInstanceOf(Error)
    const ended = run(await connect(test, { token, task }), { stdout: () => void test.server.close() })
    await expect(ended).rejects.toMatchObject({ code: 'unreachable', message: 'this control is stopping' })
  })

  it('ends the program when who asked is gone', async () => {
    const stage = openStage()
    const { exec, seen } = lasting()
    await using test = await openTestControl(stage, { engine: { ...stage.engine, exec } })
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer' }] })
    const socket = await connect(test, { token, task: await runTask(stage) })
    run(socket, { stdout: () => void socket.destroy() }).catch(() => undefined)
    await seen.isStopped.promise
    expect((await listAudit(test.control, live)).map(({ kind }) => kind)).toEqual(['done', 'intent'])
  })

  it('is refused to who may not, for tasks of others, and without the protocol; the audit says so', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const [task, other] = [await runTask(stage), await runTask(stage, 'other')]
    const token = await addPerson(test, { name: 'anna', grants: [{ role: 'maintainer', app: 'shop' }] })
    const weak = await addPerson(test, { name: 'bob', grants: [{ role: 'deployer' }] })
    expect(await ask(test, { task })).toEqual({ status: 401, code: 'unauthenticated' })
    expect(await ask(test, { token: weak, task })).toEqual({ status: 403, code: 'forbidden' })
    expect(await ask(test, { token, task: other })).toEqual({ status: 404, code: 'not-found' })
    expect(await ask(test, { token, task: other, app: 'other' })).toEqual({ status: 403, code: 'forbidden' })
    expect(await ask(test, { token, task, upgrade: 'websocket' })).toEqual({ status: 426, code: 'upgrade-required' })
    expect(await listAudit(test.control, live)).toMatchObject([
      { kind: 'failed', code: 'not-found', of: 1 },
      { kind: 'intent' },
    ])
  })
})
