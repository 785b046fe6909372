import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { server } from './services.ts'
import { openWorld, running, until, type World } from './world.ts'

const described = z.array(z.object({ ID: z.string(), Description: z.object({ Hostname: z.string() }) }))

/** What Swarm does with the zones that services are spread over. */
describe('zones', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('zoned', 'zoned', 4)
    for (const name of ['node-1', 'node-2', 'node-3', 'node-4']) await good('node', 'label', name, 'zone-')
    write(4)
    await good('deploy')
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await world.lab.down()
  })

  const good = async (...words: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await world.atoll(...words)
    expect(status, `atoll ${words.join(' ')}: ${stderr}${stdout}`).toBe(0)
    return stdout
  }
  const write = (replicas: number): void =>
    world.write({ web: server(world.lab, 'one', { deploy: { replicas, update_config: { monitor: '1s' } } }) })
  const idsOf = async () =>
    running(await world.tasks('web'))
      .map(({ ID }) => ID)
      .sort()
  const countOn = async () => {
    const names = new Map(
      (await world.ask('/nodes', described)).map(({ ID, Description }) => [ID, Description.Hostname]),
    )
    const on = running(await world.tasks('web')).map(({ NodeID = '' }) => names.get(NodeID) ?? '')
    return ['node-1', 'node-2', 'node-3', 'node-4'].map((name) => on.filter((each) => each === name).length)
  }

  test('that came after an app are heeded at its next deployment, and no task is made anew for them', async () => {
    const before = await idsOf()
    expect(before).toHaveLength(4)
    for (const [name, zone] of Object.entries({ 'node-1': 'a', 'node-2': 'b' })) {
      await good('node', 'label', name, `zone=${zone}`)
    }
    const planned = await world.atoll('plan')
    expect(planned).toMatchObject({ status: 3, stdout: expect.stringContaining('placement.spread') as string })
    await good('deploy')
    expect(await idsOf()).toEqual(before)
    expect((await world.atoll('plan')).status).toBe(0)
  })

  test('come first when tasks are placed, and nodes without one are one zone together', async () => {
    write(9)
    await good('deploy')
    const [a = 0, b = 0, ...none] = await countOn()
    expect([a, b, none.reduce((sum, each) => sum + each, 0)]).toEqual([3, 3, 3])
    expect((await world.atoll('doctor')).stdout).toContain('node-3, node-4 have no zone')
  })

  test('that are lost are foreseen as Swarm then places', async () => {
    const foreseen = z
      .object({ outcomes: z.array(z.object({ nodes: z.array(z.object({ node: z.string(), tasks: z.number() })) })) })
      .parse(JSON.parse((await world.atoll('what-if', '--lose', 'node-2', '--json')).stdout))
    const left = foreseen.outcomes[0]?.nodes ?? []
    await world.lab.kill('node-2')
    const counts = await until('nine tasks without node-2', countOn, ([a = 0, , c = 0, d = 0]) => a + c + d === 9)
    const [a = 0, , c = 0, d = 0] = counts
    const tasksOn = (name: string): number => left.find(({ node }) => node === name)?.tasks ?? 0
    // Which of two equal zones gets the odd task is anybody's guess.
    const foreseenOf = [tasksOn('node-1'), tasksOn('node-3') + tasksOn('node-4')]
    expect(foreseenOf).toContain(a)
    expect(foreseenOf).toContain(c + d)
    await world.lab.start('node-2')
  })
})
