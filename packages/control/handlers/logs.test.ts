import { openStage } from '@atoll/deploy/stage'
import { EngineError } from '@atoll/engine'
import { expect, it } from 'vitest'
import { addPerson, caught, openTestControl } from '../test-control.ts'

const live = new AbortController().signal

it('logs that cannot be read are answered with the reason, and not with lines that break off', async () => {
  const stage = openStage()
  const absent = new EngineError('not-found', 'read the logs of shop/production: no service is called nope')
  const engine: typeof stage.engine = {
    ...stage.engine,
    logs: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(absent) }) }),
  }
  await using test = await openTestControl(stage, { engine })
  const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer' }] }))
  const params = { app: 'shop', environment: 'production' }
  const lines = Array.fromAsync(
    client.lines('readLogs', { params, query: { services: 'nope', follow: 'false' } }, live),
  )
  expect(await caught(lines)).toMatchObject({ status: 404, code: 'not-found', message: absent.message })
})

it('lines carry the name of their node, also for who may not see the nodes', async () => {
  const stage = openStage()
  const [node] = stage.engine.world.nodes
  const line = {
    service: 'web',
    taskId: 'task-1',
    nodeId: node?.id ?? '',
    stream: 'stdout' as const,
    atMs: 1,
    text: 'hello',
  }
  const gone = { ...line, nodeId: 'node-that-is-gone' }
  const engine: typeof stage.engine = {
    ...stage.engine,
    logs: async function* () {
      yield* [line, gone]
    },
  }
  await using test = await openTestControl(stage, { engine })
  const client = test.client(await addPerson(test, { name: 'eve', grants: [{ role: 'viewer', app: 'shop' }] }))
  const params = { app: 'shop', environment: 'production' }
  const lines = await Array.fromAsync(client.lines('readLogs', { params, query: { follow: 'false' } }, live))
  expect(lines).toEqual([{ ...line, node: node?.name }, gone])
  expect(await caught(client.call('listNodes', {}, live))).toMatchObject({ status: 403 })
})
