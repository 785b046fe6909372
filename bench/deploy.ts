import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openTestLab, type TestLab } from '@atoll/lab/testing'
import { z } from 'zod'
import { compare, median, type Benchmark, type Figure } from './benchmark.ts'

const bin = join(import.meta.dirname, '../bin/atoll')
const rounds = 5

/**
 * Three tasks of one service, image present, beside `docker service create`, whose service has no network; and beside the two
 * commands that give it one of its own, as every app of ours has.
 */
export const deployReplicas: Benchmark = {
  name: 'deploy.3-replicas',
  run: (signal) =>
    race({
      signal,
      services: 1,
      replicas: 3,
      others: [
        {
          figure: 'deploy.3-replicas',
          commands: ({ lab, name }) => [createService(name, lab)],
          remove: (name) => ['service', 'rm', `${name}_s0`],
          note: 'until 3/3 run, images present; other: docker service create, without a network; wanted: <= 1.3',
        },
        {
          figure: 'deploy.3-replicas.network',
          commands: ({ lab, name }) => [
            ['network', 'create', '--driver', 'overlay', '--attachable', `${name}_net`],
            createService(name, lab, ['--network', `${name}_net`]),
          ],
          remove: (name) => ['service', 'rm', `${name}_s0`],
          note: 'the same; other: docker network create, docker service create',
        },
      ],
    }),
}

/** Ten services beside `docker stack deploy` of the same file. */
export const deployServices: Benchmark = {
  name: 'deploy.10-services',
  run: (signal) =>
    race({
      signal,
      services: 10,
      replicas: 1,
      others: [
        {
          figure: 'deploy.10-services',
          commands: ({ name, folder }) => [['stack', 'deploy', '--compose-file', join(folder, 'stack.json'), name]],
          remove: (name) => ['stack', 'rm', name],
          note: 'until 10/10 run, images present; other: docker stack deploy; wanted: <= 1.1',
        },
      ],
    }),
}

interface Race {
  readonly signal: AbortSignal
  readonly services: number
  readonly replicas: number
  readonly others: readonly Other[]
}

/** Commands of `docker`, one after the other, that give what we deploy. */
interface Other {
  readonly figure: string
  readonly commands: (track: {
    readonly lab: TestLab
    readonly name: string
    readonly folder: string
  }) => readonly (readonly string[])[]
  /** Networks stay until the lab goes down. */
  readonly remove: (name: string) => readonly string[]
  readonly note: string
}

const sleep = ['node', '-e', 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)']

const createService = (name: string, lab: TestLab, flags: readonly string[] = []): readonly string[] =>
  'service create --detach --quiet --replicas 3 --endpoint-mode dnsrr'
    .split(' ')
    .concat(['--name', `${name}_s0`], flags, lab.images.node, sleep)

/** Every side has its turn in each round, so that whatever else the machine does falls on all of them. */
async function race({ signal, services, replicas, others }: Race): Promise<readonly Figure[]> {
  const lab = await openTestLab({ name: 'bench', nodes: 3 })
  const folder = mkdtempSync(join(tmpdir(), 'atoll-bench-'))
  const socket = lab.nodes[0]?.socket ?? ''
  const docker = (args: readonly string[]) => ['docker', '-H', `unix://${socket}`, ...args]
  const atoll = (args: readonly string[]) => [bin, ...args, '--engine', `unix://${socket}`]
  const wanted = services * replicas
  const ours: number[] = []
  const theirs = others.map((): number[] => [])
  try {
    for (let round = 0; round <= rounds; round += 1) {
      signal.throwIfAborted()
      writeFiles(lab, folder, { services, replicas, app: `bench${round}` })
      ours.push(await timeUntilRunning([atoll(['deploy'])], { folder, socket, wanted }))
      await run(atoll(['rm', '--yes']), folder)
      await untilRunning(socket, 0)
      for (const [index, { commands, remove }] of others.entries()) {
        const name = `other${index}-${round}`
        const argvs = commands({ lab, name, folder }).map(docker)
        theirs[index]?.push(await timeUntilRunning(argvs, { folder, socket, wanted }))
        await run(docker(remove(name)), folder)
        await untilRunning(socket, 0)
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
    await lab.down()
  }
  return others.map(({ figure, note }, index) => {
    const sides = { ours: median(ours.slice(1)), other: median((theirs[index] ?? []).slice(1)) }
    return compare(figure, sides, { unit: 'ms', note: `${note}; median of ${rounds} after a warm-up` })
  })
}

function writeFiles(
  lab: TestLab,
  folder: string,
  { services, replicas, app }: { services: number; replicas: number; app: string },
): void {
  const service = { image: lab.images.node, command: sleep, deploy: { replicas, endpoint_mode: 'dnsrr' } }
  const all = Object.fromEntries(Array.from({ length: services }, (_, index) => [`s${index}`, service]))
  writeFileSync(join(folder, 'compose.yaml'), JSON.stringify({ name: app, services: all }))
  writeFileSync(join(folder, 'stack.json'), JSON.stringify({ version: '3.9', services: all }))
}

/** Both sides are looked at in the same way: the engine is asked every 25 ms how many tasks run. */
async function timeUntilRunning(
  commands: readonly (readonly string[])[],
  { folder, socket, wanted }: { folder: string; socket: string; wanted: number },
): Promise<number> {
  const startedAt = performance.now()
  const ended = runAll(commands, folder)
  await Promise.race([untilRunning(socket, wanted), ended.then(() => untilRunning(socket, wanted))])
  const ms = performance.now() - startedAt
  await ended
  return ms
}

async function runAll(commands: readonly (readonly string[])[], cwd: string): Promise<void> {
  for (const command of commands) await run(command, cwd)
}

function run([program = '', ...rest]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, rest, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ${rest.join(' ')}: exit status ${code}: ${said}`)),
    )
  })
}

async function untilRunning(socket: string, wanted: number): Promise<void> {
  const deadline = performance.now() + 120_000
  while ((await countRunning(socket)) !== wanted) {
    if (performance.now() > deadline) throw new Error(`${wanted} running tasks: not within two minutes`)
    await wait(25)
  }
}

const tasksSchema = z.array(z.object({ Status: z.object({ State: z.string() }) }))

function countRunning(socketPath: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/v1.41/tasks' }, (reply) => {
      let text = ''
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()))
      reply.on('end', () =>
        resolve(tasksSchema.parse(JSON.parse(text)).filter(({ Status }) => Status.State === 'running').length),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}
