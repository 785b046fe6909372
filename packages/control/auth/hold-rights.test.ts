import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import type { Engine, ExecRequest } from '@atoll/engine'
import { conductExec } from '@atoll/engine/remote'
import { createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { addPerson, openTestControl } from '../test-control.ts'
import { collections } from './records.ts'
import type { PersonRecord } from './records.ts'

const live = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }

/** Two controls of one cluster; programs and logs on it have no end of their own. */
const open = async () => {
  const stage = openStage()
  const seen = { stopped: 0 }
  const engine: Engine = {
    ...stage.engine,
    exec: async ({ stdout }: ExecRequest, signal) => {
      await stdout(Buffer.from('begun'))
      await once(signal, 'abort')
      seen.stopped += 1
      return 0
    },
    logs: async function* (_query, signal) {
      yield { service: 'web', taskId: 't', stream: 'stdout', atMs: 0, text: 'begun' }
      await once(signal, 'abort')
      seen.stopped += 1
    },
  }
  const one = await openTestControl(stage, { engine })
  const other = await openTestControl(stage, { engine, node: 1 })
  const task = await runTask(stage)
  return {
    stage,
    one,
    other,
    task,
    seen,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    },
  }
}
type Opened = Awaited<ReturnType<typeof open>>

const runTask = async ({ engine }: Stage): Promise<string> => {
  const service = createService('web', { engineName: 'shop_test_web', image: 'registry.test/base:1' })
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, live)
  engine.tick(5_000)
  return engine.world.services.get(service.engineName)?.tasks[0]?.id ?? ''
}

const exec = async ({ one, task }: Opened, token: string): Promise<{ readonly ended: Promise<number> }> => {
  const headers = { connection: 'Upgrade', upgrade: 'atoll-exec', authorization: `Bearer ${token}` }
  const path = `/v1/apps/shop/environments/test/tasks/${task}/exec`
  const call = httpRequest(one.url + path, { headers, agent: false }).end()
  const [, socket] = (await once(call, 'upgrade')) as [IncomingMessage, Duplex, Buffer]
  const begun = Promise.withResolvers<void>()
  const request = { argv: ['cat'], environment: {}, stdout: () => begun.resolve(), stderr: () => undefined }
  const conversation = { outgoing: socket, incoming: Promise.resolve(socket) }
  const ended = conductExec(conversation, { request, start: {}, doing: 'run cat' }, live)
  ended.catch(() => undefined)
  await begun.promise
  return { ended }
}

const followLogs = async ({ one }: Opened, token: string): Promise<{ readonly ended: Promise<string> }> => {
  const headers = { authorization: `Bearer ${token}` }
  const call = httpRequest(`${one.url}/v1/apps/shop/environments/test/logs?follow=true`, { headers, agent: false })
  const [reply] = (await once(call.end(), 'response')) as [IncomingMessage]
  const begun = Promise.withResolvers<void>()
  const readAll = async (): Promise<string> => {
    for await (const _chunk of reply) begun.resolve()
    return 'whole'
  }
  const ended = readAll()
  ended.catch(() => undefined)
  await begun.promise
  return { ended }
}

const settled = <T>(stage: Stage, work: Promise<T>): Promise<T | Error> =>
  stage.settle(work.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error)))))

const anna = { name: 'anna', grants: [{ role: 'maintainer', app: 'shop' }] } as const

describe('what lasts', () => {
  it('ends when the session does, by a word to another control', async () => {
    await using opened = await open()
    const { stage, other, seen } = opened
    const token = await addPerson(opened.one, anna)
    const [program, logs] = [await exec(opened, token), await followLogs(opened, token)]
    const beganMs = stage.clock.now()
    await other.client(token).call('signOut', {}, live)
    const error = await settled(stage, program.ended)
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ code: 'refused', message: expect.stringContaining('anna may no longer do this') })
    // Cut off, as it is no end of the logs.
    expect(await settled(stage, logs.ended)).toBeInstanceOf(Error)
    expect(seen.stopped).toBe(2)
    expect(stage.clock.now() - beganMs).toBeLessThan(10_000)
  })

  it('ends when the role is taken away, and for who lost nothing goes on', async () => {
    await using opened = await open()
    const { stage, one } = opened
    const token = await addPerson(one, anna)
    const bobs = await addPerson(one, { name: 'bob', grants: [{ role: 'owner' }] })
    const [annas, stays] = [await exec(opened, token), await exec(opened, bobs)]
    const person = await stage.documents.find<PersonRecord>(collections.person, 'anna', live)
    if (person === undefined) throw new Error('anna is not there')
    const value = { ...person.value, grants: [{ role: 'deployer', app: 'shop' }] as const }
    await stage.documents.put(collections.person, 'anna', { expected: person.revision, value }, live)
    expect(await settled(stage, annas.ended)).toMatchObject({ code: 'refused' })
    await stage.pass(60_000)
    expect(opened.seen.stopped).toBe(1)
    await one[Symbol.asyncDispose]()
    expect(await stays.ended.catch((error: unknown) => error)).toMatchObject({ message: 'this control is stopping' })
  })

  it('goes on while nobody can say', async () => {
    await using opened = await open()
    const { stage, one, seen } = opened
    const token = await addPerson(one, anna)
    await exec(opened, token)
    Object.assign(stage.documents, { find: () => Promise.reject(new EngineError('no-quorum', 'no leader')) })
    await stage.pass(60_000)
    expect(seen.stopped).toBe(0)
  })
})
