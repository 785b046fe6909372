import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { server, sleeper } from './services.ts'
import { nodesSchema, openWorld, running, until, type World } from './world.ts'

/** Answers for two seconds after it was told to end, as a load balancer in front of it would want. */
const graceful =
  'require("http").createServer((_, r) => r.end("web")).listen(8080); process.on("SIGTERM", () => setTimeout(() => process.exit(0), 2000))'

/** Asks again and again, and tells how often and what went wrong. */
const asking = `
const said = { asked: 0, failures: [] }
const ask = async () => {
  try {
    const reply = await fetch("http://web:8080/", { signal: AbortSignal.timeout(2000), headers: { connection: "close" } })
    if ((await reply.text()) !== "web") throw new Error("status " + reply.status)
  } catch (error) {
    said.failures.push(new Date().toISOString() + " " + error + " " + (error.cause ?? ""))
  }
  said.asked += 1
  setTimeout(ask, 20)
}
ask()
process.on("SIGTERM", () => process.exit(0))
require("http").createServer((_, r) => r.end(JSON.stringify(said))).listen(9090)
`

describe('the life of a node', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('farm')
    world.write(
      {
        web: server(world.lab, 'one', { command: ['node', '-e', graceful], deploy: { replicas: 3 } }),
        asker: sleeper(world.lab, 'one', { command: ['node', '-e', asking], deploy: on('node-1') }),
        db: sleeper(world.lab, 'one', { volumes: ['data:/data'], deploy: on('node-3') }),
      },
      { volumes: { data: {} } },
    )
    const deployed = await world.atoll('deploy')
    expect(deployed, deployed.stderr).toMatchObject({ status: 0 })
  })
  afterAll(async () => {
    for (const { name } of world.lab.nodes) await world.atoll('node', 'resume', name)
    await world[Symbol.asyncDispose]()
  })

  const on = (name: string) => ({ placement: { constraints: [`node.hostname==${name}`] } })
  const nodes = async () => nodesSchema.parse(JSON.parse((await world.atoll('node', 'ls', '--json')).stdout))
  const node = async (name: string) => (await nodes()).find((each) => each.name === name)
  const askSaid = async () => {
    const script = 'fetch("http://127.0.0.1:9090").then((r) => r.text()).then(console.log)'
    const { stdout } = await world.atoll('exec', 'asker', '--', 'node', '-e', script)
    return z.object({ asked: z.number(), failures: z.array(z.string()) }).parse(JSON.parse(stdout))
  }
  const webOn = async (name: string): Promise<number> => {
    const { ID } = (await world.ask('/nodes', z.array(z.object({ ID: z.string(), Description: described })))).find(
      ({ Description }) => Description.Hostname === name,
    ) ?? { ID: '' }
    return running(await world.tasks('web')).filter(({ NodeID }) => NodeID === ID).length
  }
  const described = z.object({ Hostname: z.string() })

  test('ls and show tell what is there', async () => {
    expect(await nodes()).toMatchObject(
      ['node-1', 'node-2', 'node-3'].map((name) => ({ name, availability: 'active' })),
    )
    const { stdout } = await world.atoll('node', 'show', 'node-3')
    expect(stdout).toMatch(/^farm_production_data +farm\/production db$/m)
  })

  test('labels come and go, and a manager becomes a worker and a manager again', async () => {
    const labelled = await world.atoll('node', 'label', 'node-3', 'disk=ssd', 'note=a b')
    expect(labelled.stdout).toContain('disk=ssd, note=a b')
    expect((await world.atoll('node', 'label', 'node-3', 'disk-', 'note-')).stdout).toBe('node-3: zone=c\n')
    const demoted = await world.atoll('node', 'demote', 'node-3')
    expect(demoted, demoted.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('make their number odd'),
    })
    expect((await node('node-3'))?.role).toBe('worker')
    expect((await world.atoll('node', 'promote', 'node-3')).stdout).toBe('node-3 is a manager; managers: 3\n')
    expect((await node('node-3'))?.role).toBe('manager')
  })

  test('a drain moves a service of three without a moment with two, and without a request that fails', async () => {
    await until('an asker that is answered', askSaid, ({ asked }) => asked > 20)
    const before = await askSaid()
    expect(await webOn('node-2')).toBe(1)
    const stop = new AbortController()
    const fewest = watchFewest(world, stop.signal)
    const drained = await world.atoll('node', 'drain', 'node-2')
    stop.abort()
    expect(drained, drained.stderr).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('node-2 is drained; 1 service moved\n'),
    })
    const after = await askSaid()
    expect(after.failures.slice(before.failures.length)).toEqual([])
    expect(after.asked - before.asked).toBeGreaterThan(50)
    expect(await fewest).toBe(3)
    expect(await webOn('node-2')).toBe(0)
    expect(running(await world.tasks('web'))).toHaveLength(3)
    expect(await node('node-2')).toMatchObject({ availability: 'drain', tasks: 0, drain: expect.anything() })
    const planned = await world.atoll('plan')
    expect(planned, planned.stdout).toMatchObject({ status: 0 })
  })

  test('what cannot move runs until the deadline, and again once the node is resumed', async () => {
    const drained = await world.atoll('node', 'drain', 'node-3', '--deadline', '8s')
    expect(drained, drained.stdout).toMatchObject({ status: 7 })
    expect(drained.stderr).toMatch(/farm\/production db .*cannot move: /)
    expect(drained.stdout).toContain('stopped: farm/production db')
    expect(running(await world.tasks('db'))).toHaveLength(0)
    for (const name of ['node-2', 'node-3']) {
      expect(await world.atoll('node', 'resume', name)).toMatchObject({
        status: 0,
        stdout: `${name} takes tasks again\n`,
      })
    }
    await until(
      'the database again',
      () => world.tasks('db'),
      (tasks) => running(tasks).length === 1,
    )
    const planned = await world.atoll('plan')
    expect(planned, planned.stdout).toMatchObject({ status: 0 })
    expect(await nodes()).toMatchObject([
      { availability: 'active' },
      { availability: 'active' },
      { availability: 'active' },
    ])
    expect((await nodes()).flatMap(({ drain }) => drain ?? [])).toEqual([])
  })
})

/** Fewest running tasks of the web service, seen over and over until the signal comes. */
const watchFewest = async (world: World, signal: AbortSignal): Promise<number> => {
  let fewest = Infinity
  while (!signal.aborted) {
    fewest = Math.min(fewest, running(await world.tasks('web')).length)
    await wait(50)
  }
  return fewest
}
