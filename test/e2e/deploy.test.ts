import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environmentOf, openWorld, running, until, type World } from './world.ts'
import { server, sleeper } from './services.ts'

describe('an app from its first deploy to its removal', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('bakery')
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const write = (version: string, replicas = 2) =>
    world.write({
      web: server(world.lab, version, {
        deploy: { replicas },
        depends_on: { seed: { condition: 'service_completed_successfully' } },
      }),
      seed: sleeper(world.lab, version, { command: ['node', '-e', 'console.log("seeded")'], restart: 'no' }),
    })

  test('plan says that there is something to do, deploy does it, plan says there is nothing left', async () => {
    write('one')
    expect((await world.atoll('plan')).status).toBe(3)
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
    expect(running(await world.tasks('web'))).toHaveLength(2)
    expect((await world.tasks('seed')).map((task) => task.Status.State)).toEqual(['complete'])
    const planned = await world.atoll('plan')
    expect(planned, planned.stdout).toMatchObject({ status: 0 })
  })

  test('deploying the same again starts no new task', async () => {
    const before = (await world.tasks('web')).map((task) => task.ID).toSorted()
    expect((await world.atoll('deploy')).status).toBe(0)
    expect((await world.tasks('web')).map((task) => task.ID).toSorted()).toEqual(before)
  })

  test('a change brings every task to the new release', async () => {
    write('two')
    expect((await world.atoll('deploy')).status).toBe(0)
    expect(running(await world.tasks('web')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['two', 'two'])
  })

  test('scale changes the number of tasks and survives as a release', async () => {
    expect((await world.atoll('scale', 'web=3')).status).toBe(0)
    expect(running(await world.tasks('web'))).toHaveLength(3)
  })

  test('restart replaces every task by one of the same definition', async () => {
    const before = running(await world.tasks('web')).map((task) => task.ID)
    expect((await world.atoll('restart', 'web')).status).toBe(0)
    const after = running(await world.tasks('web')).map((task) => task.ID)
    expect(after).toHaveLength(3)
    expect(after.filter((id) => before.includes(id))).toEqual([])
  })

  test('rollback goes back to the release named', async () => {
    const releases = z
      .array(z.object({ number: z.number() }))
      .parse(JSON.parse((await world.atoll('releases', '--json')).stdout))
    const first = Math.min(...releases.map((release) => release.number))
    const rolledBack = await world.atoll('rollback', String(first))
    expect(rolledBack, rolledBack.stderr).toMatchObject({ status: 0 })
    const tasks = await until(
      'two tasks of release one',
      () => world.tasks('web'),
      (seen) => running(seen).length === 2,
    )
    expect(running(tasks).map((task) => environmentOf(task, 'VERSION'))).toEqual(['one', 'one'])
  })

  test('what somebody changed behind us is seen and put back', async () => {
    await world.lab.run('node-1', [
      'docker',
      'service',
      'update',
      '--detach',
      '--env-add',
      'VERSION=stray',
      'bakery_production_web',
    ])
    const planned = await world.atoll('plan')
    expect(planned.status).toBe(3)
    expect(planned.stdout).toContain('VERSION')
    write('one')
    expect((await world.atoll('deploy')).status).toBe(0)
    expect(running(await world.tasks('web')).map((task) => environmentOf(task, 'VERSION'))).toEqual(['one', 'one'])
  })

  test('logs are merged over tasks, and exec runs in one', async () => {
    expect((await world.atoll('logs', 'seed')).stdout).toContain('seeded')
    const ran = await world.atoll('exec', 'web', '--', 'node', '-p', 'process.env.VERSION')
    expect(ran, ran.stderr).toMatchObject({ status: 0, stdout: 'one\n' })
    expect((await world.atoll('exec', 'web', '--', 'node', '-e', 'process.exit(7)')).status).toBe(7)
  })

  test('rm leaves nothing of the app in the engine', async () => {
    expect((await world.atoll('rm', '--yes', '--volumes')).status).toBe(0)
    const named = z.array(z.object({ Spec: z.object({ Name: z.string() }) }))
    const names = [
      ...(await world.ask('/services', named)).map(({ Spec }) => Spec.Name),
      ...(await world.ask('/configs', named)).map(({ Spec }) => Spec.Name),
      ...(await world.ask('/networks', z.array(z.object({ Name: z.string() })))).map(({ Name }) => Name),
    ]
    expect(names.filter((name) => name.includes('bakery'))).toEqual([])
  })
})
