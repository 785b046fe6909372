import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bundlePrograms } from '@atoll/cli/programs'
import { configIn, freePort, haproxy, paceOf, render, sampleSettings, superviseHaproxy } from '@atoll/ingress/bench'
import type { RouteTable } from '@atoll/ingress'
import { doorIn, openDoorOf } from '@atoll/ingress/door'
import { fileURLToPath } from 'node:url'
import type { Benchmark, Figure } from '../benchmark.ts'
import { compare, median } from '../benchmark.ts'
import { ensurePrograms, ingressBenchPackages } from '../../scripts/ensure-programs.ts'
import { tableOf } from './table-of.ts'

const routes = 1_000
const taskPort = 8_080
const rounds = 9
const pollMs = 50
const tasks = ['127.0.0.1', '127.0.0.2', '127.0.0.3']

/** What a table of a thousand routes costs. */
export const ingressTable: Benchmark = {
  name: 'ingress.render.1000',
  also: ['ingress.endpoint-change', 'ingress.memory'],
  run: async () => {
    ensurePrograms(ingressBenchPackages)
    const table = await tableOf({ routes, port: taskPort, addresses: tasks, replicas: 2 })
    return [benchRender(table), await benchChange(table), ...(await benchMemory())]
  },
}

const settings = (table: RouteTable) => ({ ...sampleSettings, checkEveryMs: paceOf(table) })

const time = (work: () => void): number => {
  const startedAt = performance.now()
  work()
  return performance.now() - startedAt
}

const benchRender = (table: RouteTable): Figure => {
  const ours = Array.from({ length: rounds }, () => time(() => render(table, settings(table))))
  const other = Array.from({ length: rounds }, () => time(() => JSON.parse(JSON.stringify(table))))
  const about = { unit: 'ms', note: 'other: the table through JSON and back; wanted: under 100 ms' }
  return compare(`ingress.render.${routes}`, { ours: median(ours), other: median(other) }, about)
}

/** One task of one app that comes and goes, until the running HAProxy has it; beside what a reload takes. */
const benchChange = async (table: RouteTable): Promise<Figure> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bench-'))
  const ports = { httpPort: await freePort(), https: { port: await freePort() } }
  const configure = (of: RouteTable) => render(of, { ...settings(of), ...ports, runFolder: folder })
  const [first, ...others] = table.environments
  if (first === undefined) throw new Error('a table without apps')
  const fewer = { ...first, endpoints: { web: first.endpoints['web']?.slice(1) ?? [] } }
  const ingress = await superviseHaproxy(configure(table), {
    program: await haproxy(),
    folder: join(folder, 'configurations'),
    runFolder: folder,
    reloadEveryMs: 0,
    graceMs: 0,
    log: () => undefined,
    onRequest: () => undefined,
  })
  const timeTo = async (environments: RouteTable['environments'], how: 'servers' | 'reloaded'): Promise<number> => {
    const startedAt = performance.now()
    const applied = await ingress.apply(configure({ ...table, environments }))
    if (applied !== how) throw new Error(`a change was ${applied}, and not ${how}`)
    return performance.now() - startedAt
  }
  try {
    const [ours, other]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      const now = round % 2 === 0 ? fewer : first
      ours.push(await timeTo([now, ...others], 'servers'))
      other.push(await timeTo([now, ...others.slice(1 + (round % 2))], 'reloaded'))
      await timeTo([now, ...others], 'reloaded')
    }
    const about = { unit: 'ms', note: `other: a reload; both with ${routes} routes, rendering included` }
    return compare('ingress.endpoint-change', { ours: median(ours), other: median(other) }, about)
  } finally {
    await ingress[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
}

/** Of the program and its HAProxy; other: with no routes. Each replica has two places. */
const benchMemory = async (): Promise<readonly Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bench-'))
  await bundlePrograms(folder, { ingress: fileURLToPath(new URL('program.ts', import.meta.url)) })
  const program = join(folder, 'ingress.mjs')
  const none = await weigh(program, { environments: [], certificates: [] })
  const figures: Figure[] = []
  for (const replicas of [1, 2, 3]) {
    const addresses = tasks.slice(0, replicas)
    const ours = await weigh(program, await tableOf({ routes, port: taskPort, addresses, replicas }))
    const about = {
      unit: 'MB',
      note: `other: no routes; ours: ${routes} of ${replicas} replicas each; wanted: 80 at most`,
    }
    figures.push(
      compare(replicas === 1 ? 'ingress.memory' : `ingress.memory.${replicas}-replicas`, { ours, other: none }, about),
    )
  }
  await rm(folder, { recursive: true })
  return figures
}

/** As the platform bundles and starts it (`packages/cli/system`). */
const weigh = async (program: string, table: RouteTable): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bench-'))
  const config = await configIn(folder)
  const args = ['--max-semi-space-size=1', '--optimize-for-size', '--single-threaded', program, JSON.stringify(config)]
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, MALLOC_ARENA_MAX: '1' } })
  try {
    const door = openDoorOf(doorIn(folder))
    const live = AbortSignal.timeout(60_000)
    for (;;) {
      const state = await door.state(live).catch(() => undefined)
      if (state !== undefined) break
      await delay(pollMs, undefined, { signal: live })
    }
    await door.give({ version: '1', networks: [], table: JSON.stringify(table) }, live)
    return sum(await Promise.all((await familyOf(child.pid ?? 0)).map(readPssMb)))
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    await rm(folder, { recursive: true })
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

const readPssMb = async (pid: number): Promise<number> =>
  Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1_024

/** A process and all it has started. */
const familyOf = async (pid: number): Promise<readonly number[]> => {
  const parents = new Map<number, number>()
  for (const entry of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '')
    parents.set(Number(entry), Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0))
  }
  const isOf = (one: number): boolean => one === pid || (one > 1 && isOf(parents.get(one) ?? 0))
  return [...parents.keys()].filter(isOf)
}
