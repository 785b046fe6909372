import { createInterface } from 'node:readline'
import { z } from 'zod'
import { login, openBareWorld, type BareWorld } from '../test/e2e/bare-world.ts'
import { end } from '../test/e2e/world.ts'
import { compare, type Benchmark } from './benchmark.ts'
import { timeUntil } from './platform-lab.ts'

/** A server with nothing on it becomes a node that is proven, beside one that is installed and joined by hand. */
export const nodeAdd: Benchmark = {
  name: 'node.add',
  also: ['node.add.install'],
  run: async (signal) => {
    const world = await openBareWorld('bench-add', 3)
    try {
      await world.good('init', '--on', 'node-1', ...login)
      const engine = await world.reachEngine('node-1')
      signal.throwIfAborted()
      const ours = await add(world, engine)
      signal.throwIfAborted()
      const other = await joinByHand(world)
      const note = 'from a Debian with sshd to a node; other: by apt-get, dockerd and docker swarm join, and not proven'
      return [
        compare(
          'node.add',
          { ours: ours.restMs / 1000, other: other.restMs / 1000 },
          { unit: 's', note: `${note}; without the installation of packages; wanted: <= 90` },
        ),
        compare(
          'node.add.install',
          { ours: ours.installMs / 1000, other: other.installMs / 1000 },
          { unit: 's', note: 'the installation of packages in it' },
        ),
      ]
    } finally {
      await world.close()
    }
  },
}

interface Taken {
  readonly installMs: number
  /** All but that. */
  readonly restMs: number
}

const stepShape = z.object({ kind: z.literal('step'), step: z.string() })

/** By the steps it tells of. */
async function add(world: BareWorld, engine: string): Promise<Taken> {
  const child = world.start(['node', 'add', 'node-2', ...login, '--engine', engine, '--json'])
  const startedAt = performance.now()
  const ended = end(child)
  const steps: { readonly step: string; readonly atMs: number }[] = []
  if (child.stdout === null) throw new Error('bug: nothing is read of the program')
  for await (const line of createInterface(child.stdout)) {
    const told = stepShape.safeParse(JSON.parse(line))
    if (told.success) steps.push({ step: told.data.step, atMs: performance.now() - startedAt })
  }
  const { status, stderr } = await ended
  const wholeMs = performance.now() - startedAt
  if (status !== 0) throw new Error(`atoll node add: status ${status}: ${stderr}`)
  const at = steps.findIndex(({ step }) => step.startsWith('install Docker'))
  const installMs = (steps[at + 1]?.atMs ?? NaN) - (steps[at]?.atMs ?? NaN)
  return { installMs, restMs: wholeMs - installMs }
}

const install = 'export DEBIAN_FRONTEND=noninteractive; apt-get -qq update && apt-get -qq -y --no-install-recommends'

/** As somebody does who knows how, without a look at the server before and without a proof after. */
async function joinByHand({ lab }: BareWorld): Promise<Taken> {
  const installMs = await timeUntil(() => lab.ssh('node-3', [`${install} install docker.io iptables >/dev/null`]))
  const startedAt = performance.now()
  const token = (await lab.ssh('node-1', ['docker swarm join-token --quiet worker'])).trim()
  await lab.ssh('node-3', ['start-stop-daemon --start --background --exec /usr/sbin/dockerd'])
  await timeUntil(() => lab.ssh('node-3', ['docker version >/dev/null']))
  await lab.ssh('node-3', [`docker swarm join --token ${token} ${lab.nodes[0]?.address}:2377`])
  const asked = "docker node inspect node-3 --format '{{.Status.State}}'"
  await timeUntil(async () => {
    if ((await lab.ssh('node-1', [asked])).trim() !== 'ready') throw new Error('node-3 is not ready')
  })
  return { installMs, restMs: performance.now() - startedAt }
}
