import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from './services.ts'
import { environmentOf, openWorld, running, until, type World } from './world.ts'

const volumesSchema = z.array(z.object({ engineName: z.string(), nodeName: z.string() }))
const nodesSchema = z.array(z.object({ ID: z.string(), Description: z.object({ Hostname: z.string() }) }))

describe('a named volume', { timeout: 240_000 }, () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('archive')
    write('1')
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
    expect((await world.atoll('exec', 'db', '--', 'sh', '-c', 'echo treasure > /data/chest')).status).toBe(0)
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const write = (version: string, rest: Readonly<Record<string, unknown>> = {}) =>
    world.write({ db: sleeper(world.lab, version, { volumes: ['chest:/data'], ...rest }) }, { volumes: { chest: {} } })
  const readChest = async () => (await world.atoll('exec', 'db', '--', 'cat', '/data/chest')).stdout
  const readPlace = async () =>
    volumesSchema.parse(JSON.parse((await world.atoll('volume', 'ls', '--json')).stdout))[0]?.nodeName

  /** Names of the nodes on which tasks of the service run. */
  async function places(): Promise<readonly (string | undefined)[]> {
    const nodes = await world.ask('/nodes', nodesSchema)
    const nameOf = (id: string | undefined) => nodes.find((node) => node.ID === id)?.Description.Hostname
    return running(await world.tasks('db')).map((task) => nameOf(task.NodeID))
  }

  test('stays where it is over a change, and its service with it', async () => {
    const place = await readPlace()
    write('2')
    expect((await world.atoll('deploy')).status).toBe(0)
    expect(await places()).toEqual([place])
    expect(await readChest()).toBe('treasure\n')
    expect((await world.atoll('status')).stdout).toContain(`archive_production_chest`)
  })

  test('is moved when told, with its content, and the old copy is kept', async () => {
    const from = await readPlace()
    const to = world.lab.nodes.map((node) => node.name).find((name) => name !== from) ?? ''
    const moved = await world.atoll('volume', 'move', 'chest', '--to', to)
    expect(moved, moved.stderr).toMatchObject({ status: 0 })
    expect(await readPlace()).toBe(to)
    expect(await places()).toEqual([to])
    expect(await readChest()).toBe('treasure\n')
    const kept = await world.lab.run(from ?? '', ['docker', 'volume', 'ls', '--quiet'])
    expect(kept).toContain('archive_production_chest')
  })

  test('keeps its service waiting while its node is gone, instead of starting it empty elsewhere', async () => {
    const place = (await readPlace()) ?? ''
    await world.lab.kill(place)
    try {
      const isWaiting = (stdout: string) => stdout.includes(place) && /wait|down|gone|no node|not answer/i.test(stdout)
      await until('a word on the lost node', async () => (await world.atoll('status')).stdout, isWaiting)
      await until(
        'the engine to give its task up',
        () => places(),
        (seen) => seen.length === 0,
      )
      expect(
        (await world.tasks('db')).filter((task) => task.DesiredState === 'running' && task.Status.State === 'running'),
      ).toEqual([])
    } finally {
      await world.lab.restore()
    }
    await until(
      'the service where its data is',
      () => places(),
      (seen) => seen.length === 1 && seen[0] === place,
    )
    expect(await readChest()).toBe('treasure\n')
    expect(running(await world.tasks('db')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['2'])
  })

  test('is refused to several copies at once, with the place in the file', async () => {
    write('3', { deploy: { replicas: 2 } })
    const { status, stderr } = await world.atoll('plan')
    expect(status).toBe(2)
    expect(stderr).toMatch(/compose\.yaml:\d+:\d+: .*chest|compose\.yaml:\d+:\d+: .*volume/)
  })
})
