import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { crasher, eater, server, sickly, sleeper } from './services.ts'
import { environmentOf, openWorld, running, type World } from './world.ts'

const receiptSchema = z.object({
  state: z.string(),
  causes: z.array(
    z.object({
      kind: z.string(),
      service: z.string(),
      message: z.string(),
      logs: z.array(z.string()),
      health: z.array(z.string()),
      nodes: z.array(z.object({ node: z.string() })),
    }),
  ),
})

describe('a bad release goes back as a whole, and says why', () => {
  let world: World
  const findServing = async () => new Set(running(await world.tasks('web')).map((task) => task.ID))
  beforeAll(async () => {
    world = await openWorld('tavern')
    world.write({ web: server(world.lab, 'good', { deploy: { replicas: 2 } }), helper: sleeper(world.lab, 'good') })
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** Both services, also the one that was fine, are what they were. */
  afterEach(async () => {
    expect(running(await world.tasks('web')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['good', 'good'])
    expect(running(await world.tasks('helper')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['good'])
  })

  const readReceipt = async () => receiptSchema.parse(JSON.parse((await world.atoll('receipt', '--json')).stdout))

  test('a crash loop: exit code and last log lines; one task at most was exchanged', async () => {
    const before = await findServing()
    world.write({ web: crasher(world.lab, 'bad', { deploy: { replicas: 2 } }), helper: sleeper(world.lab, 'bad') })
    expect((await world.atoll('deploy')).status).toBe(4)
    const { state, causes } = await readReceipt()
    expect(state).toBe('rolled-back')
    expect(causes[0]).toMatchObject({ kind: 'exit', service: 'web' })
    expect(causes[0]?.message).toContain('3')
    expect(causes[0]?.logs.join('\n')).toContain('cannot read the menu')
    expect((await findServing()).intersection(before).size).toBeGreaterThan(0)
  })

  // On a busy machine the engine itself may begin its paused update anew, once, and stop one (docs/design/006).
  test('never healthy: the output of the health check; a task of before served all the time', async () => {
    const before = await findServing()
    world.write({ web: sickly(world.lab, 'bad', { deploy: { replicas: 2 } }), helper: sleeper(world.lab, 'bad') })
    expect((await world.atoll('deploy')).status).toBe(4)
    const { causes } = await readReceipt()
    expect(causes[0]).toMatchObject({ kind: 'unhealthy', service: 'web' })
    expect(causes[0]?.health.join('\n')).toContain('no pulse')
    const tasks = JSON.stringify(await world.tasks('web'))
    const kept = (await findServing()).intersection(before)
    expect(kept.size, `${(await world.atoll('receipt')).stdout}\n${tasks}`).toBeGreaterThan(0)
  })

  test('an image that is not there: refused before anything is stopped', async () => {
    const before = (await world.tasks('web')).map((task) => task.ID).toSorted()
    world.write({
      web: server(world.lab, 'bad', { image: `${world.lab.registry}/no/such:image` }),
      helper: sleeper(world.lab, 'bad'),
    })
    const deployed = await world.atoll('deploy')
    expect(deployed.status).not.toBe(0)
    expect(deployed.stderr + deployed.stdout).toContain('no/such:image')
    expect((await world.tasks('web')).map((task) => task.ID).toSorted()).toEqual(before)
  })

  test('no registry answers: refused before anything is stopped, and what is unchanged is not restarted', async () => {
    const before = (await world.tasks('web')).map((task) => task.ID).toSorted()
    await world.lab.killRegistry()
    world.write({
      web: server(world.lab, 'bad', { image: `${world.lab.registry}/tavern/web:next` }),
      helper: sleeper(world.lab, 'bad'),
    })
    const deployed = await world.atoll('deploy')
    expect(deployed.status).toBe(4)
    expect(deployed.stdout + deployed.stderr).toMatch(/no registry answers for it.*nothing was changed/)
    world.write({ web: server(world.lab, 'good', { deploy: { replicas: 2 } }), helper: sleeper(world.lab, 'good') })
    const again = await world.atoll('deploy')
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect((await world.tasks('web')).map((task) => task.ID).toSorted()).toEqual(before)
    await world.lab.restore()
  })

  test('out of memory: named as that', async () => {
    world.write({ web: eater(world.lab, 'bad', { deploy: { replicas: 2 } }), helper: sleeper(world.lab, 'bad') })
    expect((await world.atoll('deploy')).status).toBe(4)
    const { causes } = await readReceipt()
    expect(causes[0]).toMatchObject({ kind: 'out-of-memory', service: 'web' })
  })

  test('too big for every node: refused with the numbers, nothing changed', async () => {
    const huge = { replicas: 2, resources: { reservations: { memory: '4000G' } } }
    world.write({ web: server(world.lab, 'bad', { deploy: huge }), helper: sleeper(world.lab, 'bad') })
    const planned = await world.atoll('plan')
    expect(planned.stdout + planned.stderr).toMatch(/web.*memory/s)
    expect((await world.atoll('deploy')).status).not.toBe(0)
  })

  test('a policy the nodes cannot meet is told by name and number', async () => {
    world.write({
      web: server(world.lab, 'bad', { deploy: { replicas: 5, placement: { max_replicas_per_node: 1 } } }),
      helper: sleeper(world.lab, 'bad'),
    })
    const planned = await world.atoll('plan')
    expect(planned.stdout + planned.stderr).toMatch(/web: one per node, 5 wanted, 3 nodes/)
  })
})

describe('a first release that fails', () => {
  test('is scaled to zero and kept for inspection', async () => {
    await using world = await openWorld('inn')
    world.write({ web: crasher(world.lab, 'bad') })
    const first = await world.atoll('deploy')
    expect(first, first.stdout).toMatchObject({ status: 5 })
    expect(running(await world.tasks('web'))).toEqual([])
    expect((await world.atoll('status', '--json')).stdout).toContain('web')
    world.write({ web: sleeper(world.lab, 'good') })
    expect((await world.atoll('deploy')).status).toBe(0)
    expect(running(await world.tasks('web')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['good'])
  })
})
