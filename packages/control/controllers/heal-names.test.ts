import { deploy, deployments, releases, status, why } from '@atoll/deploy'
import { listen, openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { NameAnswer, NamedService, NamesApi } from '@atoll/engine'
import { createApp, createService } from '@atoll/plan/fixtures'
import { describe, expect, it } from 'vitest'
import { openTestControl } from '../test-control.ts'
import { healNames } from './heal-names.ts'

const never = new AbortController().signal
const ref = { app: 'shop', environment: 'test' }
const app = createApp([createService('web'), createService('db')])
const minuteMs = 60_000

/** Names of the fake world: every task has one network, and what a node has forgotten it does not find. */
const openNames = (stage: Stage) => {
  /** `NODE SERVICE`, with what is found instead. */
  const forgotten = new Map<string, readonly string[] | 'silent'>()
  const asked: string[] = []
  const listNames = (): readonly NamedService[] =>
    [...stage.engine.world.services.values()].map(({ spec, tasks }) => ({
      ...ref,
      service: spec.name,
      dnsName: `tasks.${spec.engineName}`,
      isBesideJobs: false,
      tasks: tasks
        .filter(({ state, desired }) => state === 'running' && desired === 'running')
        .map(({ id, nodeId = '' }) => ({
          taskId: id,
          nodeId,
          networkId: 'net1',
          network: 'shop_test_default',
          address: `address-of-${id}`,
          isUp: true,
          sinceMs: 0,
        })),
    }))
  const answer = (nodeId: string, names: readonly string[]): NameAnswer => ({
    kind: 'answered',
    networkId: 'net1',
    names: names.map((name) => {
      const service = listNames().find(({ dnsName }) => dnsName === name)
      const found = forgotten.get(`${nodeId} ${service?.service}`) ?? service?.tasks.map(({ address }) => address) ?? []
      if (found === 'silent') return { kind: 'silent', name, code: 'ETIMEOUT' }
      return found.length === 0 ? { kind: 'absent', name } : { kind: 'found', name, addresses: found }
    }),
  })
  const api: NamesApi = {
    listNames: async () => listNames(),
    askNames: async (nodeId, questions) => {
      asked.push(nodeId)
      return questions.map(({ names }) => answer(nodeId, names))
    },
  }
  return { api, forgotten, asked }
}

const open = async (node = 0) => {
  const stage = openStage()
  await stage.settle(deploy(stage.createContext('ann'), { app, secrets: {}, author: 'ann' }, listen()))
  const names = openNames(stage)
  const control = await openTestControl(stage, { node })
  const stop = new AbortController()
  const work = healNames(control.control, names.api, stop.signal)
  const context = stage.createContext('ann')
  const place = (service: string): string => {
    const tasks = stage.engine.world.services.get(`shop_test_${service}`)?.tasks ?? []
    return tasks.find(({ state, desired }) => state === 'running' && desired === 'running')?.nodeId ?? ''
  }
  return {
    stage,
    names,
    /** The node of a service forgets another. */
    forget: (on: string, service: string, found: readonly string[] | 'silent' = []) =>
      names.forgotten.set(`${place(on)} ${service}`, found),
    troubles: async () => (await status(context, ref, never)).names,
    list: async () => (await deployments(context, ref, never)).length,
    notes: async () => (await releases(context, ref, never)).map(({ origin }) => origin.note),
    story: async () => (await why(context, ref, never)).map(({ message }) => message),
    events: () => control.log.map(({ event }) => event),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(work)
      await control[Symbol.asyncDispose]()
    },
  }
}

describe('a name that leads nowhere on a node', () => {
  it('is told after two looks, and mended by a restart of its service, which is told too', async () => {
    await using test = await open()
    await test.stage.pass(minuteMs)
    test.forget('web', 'db')
    await test.stage.pass(5 * minuteMs)
    expect(await test.notes()).toEqual([expect.stringMatching(/^db: not found by its name on node-\d$/), undefined])
    test.names.forgotten.clear()
    await test.stage.pass(2 * minuteMs)
    expect(await test.troubles()).toEqual([])
    expect(await test.story()).toContainEqual(expect.stringMatching(/^db was restarted by the platform: not found by/))
    expect(test.events()).toEqual([
      'restarting a service that is not found by its name',
      'restarted a service that is not found by its name',
    ])
  })

  it('is in the status meanwhile, with what happens next', async () => {
    await using test = await open()
    await test.stage.pass(minuteMs)
    test.forget('web', 'db', ['10.9.9.9'])
    await test.stage.pass(6 * minuteMs)
    expect(await test.troubles()).toMatchObject([
      {
        service: 'db',
        kind: 'wrong',
        network: 'shop_test_default',
        message: expect.stringContaining('leads to 10.9.9.9 on node-'),
        hint: expect.stringContaining('restarted'),
      },
    ])
  })
})

it('nothing is restarted when the server says nothing of anything', async () => {
  await using test = await open()
  await test.stage.pass(minuteMs)
  for (const { id } of test.stage.engine.world.nodes)
    for (const service of ['web', 'db']) test.names.forgotten.set(`${id} ${service}`, 'silent')
  await test.stage.pass(6 * minuteMs)
  expect(await test.list()).toBe(1)
  expect(await test.troubles()).toEqual([])
})

it('a passing failure is no trouble', async () => {
  await using test = await open()
  await test.stage.pass(minuteMs)
  test.forget('web', 'db')
  const before = test.names.asked.length
  while (test.names.asked.length === before) await test.stage.pass(5_000)
  test.names.forgotten.clear()
  await test.stage.pass(2 * minuteMs)
  expect(await test.list()).toBe(1)
  expect(await test.troubles()).toEqual([])
})

it('controls that do not lead ask nobody', async () => {
  await using test = await open(1)
  await test.stage.pass(2 * minuteMs)
  expect(test.names.asked).toEqual([])
})
