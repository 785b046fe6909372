import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sleeper } from './services.ts'
import { end, environmentOf, openWorld, running, until, type World } from './world.ts'

const nodeSchema = z.object({
  ID: z.string(),
  Description: z.object({ Hostname: z.string() }),
  Status: z.object({ State: z.string() }),
  ManagerStatus: z.object({ Leader: z.boolean().optional() }).optional(),
})

const receiptSchema = z.object({
  causes: z.array(
    z.object({ kind: z.string(), node: z.string().optional(), message: z.string(), hint: z.string().optional() }),
  ),
})

describe('faults under a deployment', { timeout: 300_000 }, () => {
  let world: World
  let version = 0
  beforeAll(async () => {
    world = await openWorld('harbor', 'faults')
    write('0')
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
  })
  afterEach(() => world.leave())
  afterAll(async () => {
    await world.lab.down()
    rmSync(world.folder, { recursive: true })
  })

  const write = (text: string, constraints: readonly string[] = []) =>
    world.write({
      web: sleeper(world.lab, text, { deploy: { replicas: 3 } }),
      api: sleeper(world.lab, text, { deploy: { placement: { constraints } } }),
      seed: sleeper(world.lab, text, { command: ['node', '-e', 'console.log("seeded")'], restart: 'no' }),
    })
  const next = () => {
    version += 1
    write(String(version))
    return String(version)
  }
  const readReceipt = async () => receiptSchema.parse(JSON.parse((await world.atoll('receipt', '--json')).stdout))
  const nodes = () => world.ask('/nodes', z.array(nodeSchema))
  const leader = async () =>
    (await nodes()).find((node) => node.ManagerStatus?.Leader)?.Description.Hostname ?? 'nobody'
  const follower = async () =>
    (await nodes()).find((node) => !node.ManagerStatus?.Leader)?.Description.Hostname ?? 'nobody'
  const versions = async () =>
    (await Promise.all(['web', 'api'].map((service) => world.tasks(service))))
      .flatMap(running)
      .map((task) => environmentOf(task, 'VERSION'))
  const isAll = (wanted: string) => (seen: readonly (string | undefined)[]) =>
    seen.length === 4 && seen.every((one) => one === wanted)

  /** Starts a deploy, hurts the cluster once the first action is under way, and gives how it ended. */
  async function deployWith(fault: () => Promise<void>) {
    const child = world.start('deploy', '--json')
    const ended = end(child)
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (chunk: Buffer) => chunk.toString().includes('"kind":"action"') && resolve())
      void ended.then(() => resolve())
    })
    await fault()
    return ended
  }

  /**
   * The engine may give up a node that has just come back once more, and what was to run there once is lost: the release fails
   * and says so. Gives the number of deploys.
   */
  async function deployUntilRun(): Promise<number> {
    for (let deploys = 1; ; deploys += 1) {
      const { status, stderr } = await world.atoll('deploy')
      if (status === 0) return deploys
      const { causes } = await readReceipt()
      expect(new Set(causes.map(({ kind }) => kind)), `${status}: ${stderr}`).toEqual(new Set(['lost']))
      expect(deploys).toBeLessThan(3)
    }
  }

  test.each([
    ['the engine of a follower crashes', async () => world.lab.crashEngine(await follower())],
    ['a follower loses its power', async () => world.lab.kill(await follower())],
    ['the leader loses its power', async () => world.lab.kill(await leader())],
  ])('%s: the deployment comes to an end, and to the release when the node is back', async (_, fault) => {
    const wanted = next()
    const ended = await deployWith(fault)
    // 5: on the way back, too, what runs once was lost with its node.
    expect([0, 4, 5], ended.stderr).toContain(ended.status)
    await world.lab.restore()
    const attempts = 1 + (await deployUntilRun())
    await until('the release everywhere', versions, isAll(wanted))
    // One for each attempt, and not one more: a former leader must not go on starting what runs once.
    const seeds = (await world.tasks('seed')).filter((task) => environmentOf(task, 'VERSION') === wanted)
    expect(seeds.filter(({ Status }) => Status.State === 'complete').length).toBeGreaterThan(0)
    expect(seeds.length).toBeLessThanOrEqual(attempts)
  })

  test('a minority refuses to deploy and says why', async () => {
    const lonely = await follower()
    const others = world.lab.nodes.map((node) => node.name).filter((name) => name !== lonely)
    for (const other of others) await world.lab.partition(lonely, other)
    const socket = world.lab.nodes.find((node) => node.name === lonely)?.socket
    next()
    const { status, stderr } = await end(world.start('deploy', '--engine', `unix://${socket}`))
    expect(status).toBe(1)
    expect(stderr).toMatch(/quorum|leader/)
  })

  test('no quorum: every write says so, tasks keep running; with quorum back a deploy goes through', async () => {
    const lost = world.lab.nodes.slice(1)
    await Promise.all(lost.map((node) => world.lab.kill(node.name)))
    next()
    const refused = await world.atoll('deploy')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toMatch(/quorum/)
    await world.lab.restore()
    await deployUntilRun()
    await until('the release everywhere', versions, isAll(String(version)))
  })

  test('a full disk of a node is named with its node, and a deploy goes through when there is room', async () => {
    const full = await follower()
    await world.lab.fill(full)
    const wanted = next()
    write(wanted, [`node.hostname==${full}`])
    const { status, stdout, stderr } = await world.atoll('deploy')
    expect([4, 5], stderr).toContain(status)
    const [cause] = (await readReceipt()).causes
    expect(cause, stdout).toMatchObject({ node: full, message: expect.stringContaining(full) })
    expect(`${cause?.message} ${cause?.hint}`).toContain('disk')
    await world.lab.free(full)
    expect((await world.atoll('deploy')).status).toBe(0)
    await until('the release everywhere', versions, isAll(wanted))
  })
})
