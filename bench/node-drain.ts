import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { server } from '../test/e2e/services.ts'
import { openWorld, running, until, type World } from '../test/e2e/world.ts'
import { compare, median, type Benchmark } from './benchmark.ts'
import { run } from './platform-lab.ts'

const services = ['s1', 's2', 's3', 's4']
const tasksOfEach = 5
const wanted = services.length * tasksOfEach
const rounds = 3
const drained = 'node-3'

/** A node with 20 tasks is emptied, beside the engine's own drain, which stops each task before it starts another. */
export const nodeDrain: Benchmark = {
  name: 'node.drain',
  also: ['node.drain.missing'],
  run: async (signal) => {
    const world = await openWorld('drained', 'bench-drain')
    try {
      await deploy(world)
      const ours: Drained[] = []
      const other: Drained[] = []
      for (let round = 0; round <= rounds; round += 1) {
        signal.throwIfAborted()
        await gather(world)
        ours.push(await measure(world, () => good(world, 'node', 'drain', drained)))
        await good(world, 'node', 'resume', drained)
        await gather(world)
        other.push(await measure(world, () => change(world, drained, 'drain')))
        await change(world, drained, 'active')
      }
      const of = (key: keyof Drained) => ({ ours: middle(ours, key), other: middle(other, key) })
      const note = `${wanted} tasks of ${services.length} services; other: docker node update --availability drain`
      return [
        compare('node.drain', of('ms'), { unit: 'ms', note: `until all are healthy elsewhere; ${note}` }),
        {
          name: 'node.drain.missing',
          ...of('missing'),
          unit: 'tasks x s',
          note: `tasks that were not there; wanted: 0`,
        },
      ]
    } finally {
      await world[Symbol.asyncDispose]()
      await world.lab.down()
    }
  },
}

interface Drained {
  readonly ms: number
  /** Tasks that were missing, each times the seconds it was. */
  readonly missing: number
}

/** After a warm-up. */
const middle = (all: readonly Drained[], key: keyof Drained): number => median(all.slice(1).map((each) => each[key]))

async function deploy(world: World): Promise<void> {
  const deploy = { replicas: tasksOfEach, update_config: { order: 'start-first', monitor: '1s' } }
  world.write(Object.fromEntries(services.map((name) => [name, server(world.lab, 'one', { deploy })])))
  await good(world, 'deploy')
}

async function good({ atoll }: World, ...args: readonly string[]): Promise<void> {
  const { status, stderr } = await atoll(...args)
  if (status !== 0) throw new Error(`atoll ${args.join(' ')}: status ${status}: ${stderr}`)
}

async function change({ lab }: World, node: string, availability: 'active' | 'drain'): Promise<void> {
  const host = ['-H', `unix://${lab.nodes[0]?.socket}`]
  await run(['docker', ...host, 'node', 'update', '--availability', availability, node])
}

/** All of them on the node that is drained next. */
async function gather(world: World): Promise<void> {
  const others = world.lab.nodes.map(({ name }) => name).filter((name) => name !== drained)
  for (const name of others) await change(world, name, 'drain')
  const all = ({ here }: Counts): boolean => here === wanted
  await until(`${wanted} tasks on ${drained}`, await counting(world), all)
  for (const name of others) await change(world, name, 'active')
}

interface Counts {
  readonly here: number
  readonly elsewhere: number
}

const nodeShape = z.object({ ID: z.string() })

async function counting({ ask, tasks }: World): Promise<() => Promise<Counts>> {
  const { ID } = await ask(`/nodes/${drained}`, nodeShape)
  return async () => {
    const there = running((await Promise.all(services.map(tasks))).flat())
    const here = there.filter(({ NodeID }) => NodeID === ID).length
    return { here, elsewhere: there.length - here }
  }
}

/** Both sides are looked at in the same way, from the outside. */
async function measure(world: World, drain: () => Promise<void>): Promise<Drained> {
  const count = await counting(world)
  const startedAt = performance.now()
  const ended = drain()
  let missing = 0
  for (let beforeAt = startedAt; ;) {
    const { here, elsewhere } = await count()
    const nowAt = performance.now()
    missing += (Math.max(0, wanted - here - elsewhere) * (nowAt - beforeAt)) / 1000
    beforeAt = nowAt
    if (here === 0 && elsewhere === wanted) break
    if (nowAt - startedAt > 300_000) throw new Error(`${drained} is not empty after five minutes`)
    await wait(50)
  }
  const ms = performance.now() - startedAt
  await ended
  return { ms, missing }
}
