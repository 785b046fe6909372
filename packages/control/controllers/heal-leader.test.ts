import { openStage } from '@atoll/deploy/stage'
import type { Stage } from '@atoll/deploy/stage'
import type { Engine } from '@atoll/engine'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../audit/audit.ts'
import { openTestControl } from '../test-control.ts'
import { healLeader } from './heal-leader.ts'

const never = new AbortController().signal
const minuteMs = 60_000

/** Controls of the nodes with these numbers, each looking after the leader. */
const open = async (stage: Stage, numbers: readonly number[], over: { readonly engine?: Engine } = {}) => {
  const stop = new AbortController()
  const controls = await Promise.all(numbers.map((node) => openTestControl(stage, { node, ...over })))
  const work = controls.map(({ control }) => healLeader(control, stop.signal))
  return {
    logs: () => controls.map(({ log }) => log.map(({ event }) => event)),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await stage.settle(Promise.all(work))
      for (const control of controls) await control[Symbol.asyncDispose]()
    },
  }
}

const makeSick = (stage: Stage): string => {
  const leader = stage.engine.world.nodes.find(({ isLeader }) => isLeader)
  stage.engine.outsider.setNode(leader?.name ?? '', { state: 'down' })
  return leader?.name ?? ''
}

const look = (stage: Stage) =>
  stage.engine.world.nodes.map(({ name, isManager, isLeader, state }) => ({ name, isManager, isLeader, state }))

const healthy = (leader: string) =>
  ['node-1', 'node-2', 'node-3'].map((name) => ({ name, isManager: true, isLeader: name === leader, state: 'ready' }))

describe('a leader that is listed as down', () => {
  it('is made a manager anew after a minute, by one control, which says so', async () => {
    const stage = openStage()
    await using controls = await open(stage, [0, 1, 2])
    makeSick(stage)
    const before = look(stage)
    await stage.pass(minuteMs - 10_000)
    expect(look(stage)).toEqual(before)
    await stage.pass(20_000)
    expect(look(stage)).toEqual(healthy('node-2'))
    const made = ['leader is listed as down; making it a manager anew', 'leader was made a manager anew']
    expect(controls.logs()).toEqual([[], made, []])
    const world = { documents: stage.documents } as Parameters<typeof listAudit>[0]
    expect(await listAudit(world, never)).toMatchObject([
      { by: 'atoll@node-2', action: 'healLeader', subject: 'node-1' },
    ])
  })

  it('is not touched by its own control, nor by one that is not first', async () => {
    const stage = openStage()
    await using _ = await open(stage, [0, 2])
    makeSick(stage)
    const before = look(stage)
    await stage.pass(10 * minuteMs)
    expect(look(stage)).toEqual(before)
  })

  it('that comes back in time is left alone', async () => {
    const stage = openStage()
    await using controls = await open(stage, [0, 1, 2])
    for (let round = 0; round < 3; round += 1) {
      const name = makeSick(stage)
      await stage.pass(minuteMs - 15_000)
      stage.engine.outsider.setNode(name, { state: 'ready' })
      await stage.pass(10_000)
    }
    expect(look(stage)).toEqual(healthy('node-1'))
    expect(controls.logs().flat()).toEqual([])
  })

  it.each([
    ['there are only two managers', { isManager: false }],
    ['the others are no majority', { state: 'down' as const }],
  ])('is left alone when %s', async (_, change) => {
    const stage = openStage()
    await using controls = await open(stage, [1])
    stage.engine.outsider.setNode('node-3', change)
    makeSick(stage)
    const before = look(stage)
    await stage.pass(10 * minuteMs)
    expect(look(stage)).toEqual(before)
    expect(controls.logs().flat()).toEqual([])
  })

  it('is healed once in ten minutes', async () => {
    const stage = openStage()
    await using _ = await open(stage, [0, 1, 2])
    makeSick(stage)
    await stage.pass(2 * minuteMs)
    expect(look(stage)).toEqual(healthy('node-2'))
    makeSick(stage)
    const before = look(stage)
    await stage.pass(7 * minuteMs)
    expect(look(stage)).toEqual(before)
    await stage.pass(3 * minuteMs)
    expect(look(stage)).toEqual(healthy('node-1'))
  })

  it('is made a manager again by another control when the one that began is gone', async () => {
    const stage = openStage()
    const mortal: Engine = {
      ...stage.engine,
      changeRole: (nodeId, role, signal) =>
        role === 'manager' ? new Promise(() => {}) : stage.engine.changeRole(nodeId, role, signal),
    }
    const dead = await openTestControl(stage, { node: 1, engine: mortal })
    void healLeader(dead.control, never)
    makeSick(stage)
    await stage.pass(2 * minuteMs)
    expect(look(stage)[0]).toMatchObject({ isManager: false, isLeader: false })
    await using controls = await open(stage, [2])
    await stage.pass(5 * minuteMs)
    expect(look(stage)).toEqual(healthy('node-2'))
    expect(controls.logs()).toEqual([['leader was made a manager anew']])
    await dead[Symbol.asyncDispose]()
  })
})
