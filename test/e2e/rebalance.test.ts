import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { server } from './services.ts'
import { openWorld, running, type World } from './world.ts'

const described = z.array(z.object({ ID: z.string(), Description: z.object({ Hostname: z.string() }) }))

describe('tasks on nodes that come back', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('spread')
    const update_config = { order: 'start-first', monitor: '1s' }
    world.write({
      web: server(world.lab, 'one', { deploy: { replicas: 4, update_config } }),
      over: server(world.lab, 'one', {
        deploy: { replicas: 2, update_config, placement: { preferences: [{ spread: 'node.labels.zone' }] } },
      }),
      slow: server(world.lab, 'one', {
        deploy: { replicas: 3, update_config: { order: 'stop-first', monitor: '1s' } },
      }),
    })
    for (const words of [
      ['label', 'node-2', 'zone=a'],
      ['drain', 'node-3', '--force'],
    ]) {
      expect(await world.atoll('node', ...words)).toMatchObject({ status: 0 })
    }
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
    expect(await world.atoll('node', 'resume', 'node-3')).toMatchObject({ status: 0 })
  })
  afterAll(async () => {
    await world.atoll('node', 'resume', 'node-3')
    await world.atoll('node', 'label', 'node-2', 'zone=b')
    await world[Symbol.asyncDispose]()
  })

  const countOn = async (service: string) => {
    const names = new Map(
      (await world.ask('/nodes', described)).map(({ ID, Description }) => [ID, Description.Hostname]),
    )
    const on = running(await world.tasks(service)).map(({ NodeID = '' }) => names.get(NodeID) ?? '')
    return ['node-1', 'node-2', 'node-3'].map((name) => on.filter((each) => each === name).length)
  }
  const idsOf = async (service: string) => running(await world.tasks(service)).map(({ ID }) => ID)

  test('stay where they are, and it is told which would move', async () => {
    expect(await countOn('web')).toEqual([2, 2, 0])
    expect(await countOn('over')).toEqual([1, 1, 0])
    const told = await world.atoll('rebalance', '--dry-run')
    expect(told, told.stderr).toMatchObject({ status: 3 })
    expect(told.stdout).toMatch(/^spread\/production web +2 +node-1 2( -> \d)?, node-2 2( -> \d)?, node-3 0 -> 2$/m)
    expect(told.stdout).toContain('slow is spread unevenly, too, and stays: it stops before it starts')
    expect((await world.atoll('status')).stdout).toContain('over is spread unevenly: 1 on node-')
    expect(await countOn('web')).toEqual([2, 2, 0])
  })

  test('move one at a time with never one less, and no other is made anew', async () => {
    const before = { web: await idsOf('web'), over: await idsOf('over'), slow: await idsOf('slow') }
    const stop = new AbortController()
    const fewest = watchFewest(world, stop.signal)
    const moved = await world.atoll('rebalance')
    stop.abort()
    expect(moved, moved.stderr).toMatchObject({ status: 0 })
    expect(await fewest).toEqual([4, 2])
    // Zones come first: node-1 and node-2 are one, node-3 is another.
    expect((await countOn('web'))[2]).toBe(2)
    expect((await countOn('over'))[2]).toBe(1)
    const kept = async (service: 'web' | 'over' | 'slow') =>
      (await idsOf(service)).filter((id) => before[service].includes(id)).length
    expect([await kept('web'), await kept('over'), await kept('slow')]).toEqual([2, 1, 3])
    const planned = await world.atoll('plan')
    expect(planned, planned.stdout).toMatchObject({ status: 0 })
    expect((await world.atoll('rebalance')).stdout).toContain('every service is spread as evenly as it can be')
    expect((await world.atoll('why')).stdout).toContain('tasks spread again')
  })

  test('move when told of services that stop first, too', async () => {
    expect(await world.atoll('rebalance', 'spread/production', '--stateful')).toMatchObject({ status: 0 })
    expect(await countOn('slow')).toEqual([1, 1, 1])
  })
})

/** Fewest running tasks of web and over, seen over and over until the signal comes. */
const watchFewest = async (world: World, signal: AbortSignal): Promise<readonly number[]> => {
  let fewest = [Infinity, Infinity]
  while (!signal.aborted) {
    const seen = await Promise.all(['web', 'over'].map((service) => world.tasks(service)))
    fewest = seen.map((tasks, at) => Math.min(fewest[at] ?? 0, running(tasks).length))
    await wait(50)
  }
  return fewest
}
