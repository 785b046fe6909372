import type { ChildProcess } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { server, sleeper } from './services.ts'
import { end, environmentOf, openWorld, running, until, type Ended, type World } from './world.ts'

/** Of each of two apps: one is deployed while the other is waited for. */
const rounds = 15

describe('a deployment whose CLI is killed', () => {
  let world: World
  let other: World
  beforeAll(async () => {
    world = await openWorld('ferry')
    other = await openWorld('barge')
  })
  afterAll(async () => {
    await world[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
  })

  const write = (version: string, { write: writeTo } = world) =>
    writeTo(
      {
        web: sleeper(world.lab, version, { deploy: { replicas: 2 }, depends_on: ['api'] }),
        api: sleeper(world.lab, version, { configs: ['timetable'] }),
      },
      { configs: { timetable: { content: `timetable ${version}` } } },
    )

  const versions = async (of = world) =>
    (await Promise.all(['web', 'api'].map((service) => of.tasks(service))))
      .flatMap(running)
      .map((task) => environmentOf(task, 'VERSION'))

  /** What runs in the end, after a deploy that nobody kills. */
  const killOften = async (of: World) => {
    write('0', of)
    expect((await of.atoll('deploy')).status).toBe(0)
    const usualMs = await timeDeploy('1', of)
    for (let round = 2; round < rounds + 2; round += 1) {
      write(String(round), of)
      const child = of.start('deploy')
      const ended = end(child)
      const killAfterMs = Math.random() * usualMs
      await Promise.race([wait(killAfterMs), ended])
      child.kill('SIGKILL')
      await ended
      const resumed = await of.atoll('resume')
      const told = `${of.app} round ${round}, killed after ${killAfterMs.toFixed(0)} ms: ${resumed.stderr}`
      // Killed before it began or after its end: then there is nothing to resume.
      const status = resumed.stderr.includes('no deployment is running') ? 0 : resumed.status
      expect([0, 4], told).toContain(status)
      const seen = await until(
        'three tasks',
        () => versions(of),
        (list) => list.length === 3,
      )
      expect(new Set(seen).size, `${told}; ${seen.join(' ')}`).toBe(1)
    }
    write('last', of)
    expect((await of.atoll('deploy')).status).toBe(0)
    return versions(of)
  }

  const moments = `at ${2 * rounds} random moments`
  test(`${moments} is finished or taken back, never left half-way`, { timeout: 900_000 }, async () => {
    const last = ['last', 'last', 'last']
    expect(await Promise.all([world, other].map(killOften))).toEqual([last, last])
  })

  /** A deploy whose first action is under way. */
  async function startDeploy(version: string): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
    write(version)
    const child = world.start('deploy', '--json')
    const ended = end(child)
    await new Promise<void>((resolve) =>
      child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes('"action"') && resolve()),
    )
    return { child, ended }
  }

  async function timeDeploy(version: string, of: World): Promise<number> {
    write(version, of)
    const startedAt = performance.now()
    expect((await of.atoll('deploy')).status).toBe(0)
    return performance.now() - startedAt
  }

  test('or paused and replaced learns on waking that it has lost, and changes nothing', async () => {
    const { child, ended } = await startDeploy('slept')
    child.kill('SIGSTOP')
    write('newer')
    const replaced = await world.atoll('deploy')
    expect(replaced, replaced.stderr).toMatchObject({ status: 0 })
    child.kill('SIGCONT')
    const woken = await ended
    expect(woken.status).toBe(1)
    expect(woken.stdout + woken.stderr).toContain('another owner')
    expect(await versions()).toEqual(['newer', 'newer', 'newer'])
  })

  test('by Ctrl-C goes on in the background', async () => {
    const { child, ended } = await startDeploy('after-ctrl-c')
    child.kill('SIGINT')
    const { stderr } = await ended
    expect(stderr).toContain('atoll resume')
    const followed = await world.atoll('resume')
    expect(followed, followed.stderr).toMatchObject({ status: 0 })
    expect(await versions()).toEqual(['after-ctrl-c', 'after-ctrl-c', 'after-ctrl-c'])
  })
})

describe('two deployments of one app at once', () => {
  test('one wins, the other says who is at it and changes nothing', async () => {
    await using world = await openWorld('pier')
    world.write({ web: server(world.lab, 'one') })
    const [one, other] = await Promise.all([world.atoll('deploy'), world.atoll('deploy')])
    expect(
      [one.status, other.status].toSorted((a, b) => a - b),
      one.stderr + other.stderr,
    ).toEqual([0, 6])
    const receipts = z
      .object({ deployment: z.number() })
      .parse(JSON.parse((await world.atoll('receipt', '--json')).stdout))
    expect(receipts.deployment).toBe(1)
    expect(running(await world.tasks('web'))).toHaveLength(1)
  })
})

describe('an app of 25 services', () => {
  test('converges, and is gone again after rm', { timeout: 300_000 }, async () => {
    await using world = await openWorld('fleet')
    const names = Array.from({ length: 25 }, (_, index) => `ship-${index}`)
    world.write(
      Object.fromEntries(
        names.map((name, index) => [
          name,
          sleeper(world.lab, 'one', index === 0 ? {} : { depends_on: [names[index - 1]] }),
        ]),
      ),
    )
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
    for (const name of names) expect(running(await world.tasks(name))).toHaveLength(1)
  })
})
