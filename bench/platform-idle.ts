import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Benchmark, Figure } from './benchmark.ts'
import { openPlatformLab, type PlatformLab } from './platform-lab.ts'

const apps = 50
const atOnce = 4
/** Long enough for every controller to have had its turn several times. */
const watchedMs = 60_000
/** A control looks at each app once, a second or two after the other, before it has nothing to do. */
const settleMs = 150_000

/** What our processes cost while nothing happens, with 50 apps deployed: memory by node, and processor of the busiest manager. */
export const platformIdle: Benchmark = {
  name: 'memory.manager',
  also: ['memory.worker', 'cpu.idle'],
  run: async (signal) => {
    await using platform = await openPlatformLab({ nodes: 4, managers: 3 })
    await deployApps(platform, signal)
    await wait(settleMs, undefined, { signal })
    const [manager, worker] = ['node-1', 'node-4'].map((name) => listProcesses(platform, name))
    const before = sumProcessorMs(manager ?? [])
    await wait(watchedMs, undefined, { signal })
    const percent = ((sumProcessorMs(manager ?? []) - before) / watchedMs) * 100
    return [
      memory('memory.manager', manager ?? [], 250),
      memory('memory.worker', worker ?? [], 120),
      {
        name: 'cpu.idle',
        ours: percent,
        unit: '% of a core',
        note: `a manager, ${apps} apps, over 60 s; wanted: <= 3`,
      },
    ]
  },
}

async function deployApps(platform: PlatformLab, signal: AbortSignal): Promise<void> {
  const names = Array.from({ length: apps }, (_, index) => `app${index}`)
  const worker = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      signal.throwIfAborted()
      await platform.atoll(['deploy'], platform.writeApp(name))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** Process ids of the platform's programs on a node: those whose program is the image's own. */
function listProcesses({ lab }: PlatformLab, node: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids
    .filter((pid) => read(`/proc/${pid}/cmdline`).startsWith('/atoll/node\0'))
    .filter((pid) => read(`/proc/${pid}/cgroup`).includes(`${lab.lab.tag}/${node}/`))
    .map(Number)
}

/** Pages that several processes share count once. */
function memory(name: string, pids: readonly number[], limitMib: number): Figure {
  const kib = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0))
  const ours = kib.reduce((sum, each) => sum + each, 0) / 1024
  return { name, ours, unit: 'MiB', note: `${pids.length} processes, ${apps} apps; wanted: <= ${limitMib}` }
}

/** Of their containers, whose health checks are processes that are gone before anybody could look at them. */
function sumProcessorMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readUsageMs(read(`/proc/${pid}/cgroup`)), 0)
}

function readUsageMs(groups: string): number {
  const [, old] = /^\d+:[^:]*\bcpuacct\b[^:]*:(.*)$/m.exec(groups) ?? []
  if (old !== undefined) return Number(read(`/sys/fs/cgroup/cpuacct${old}/cpuacct.usage`)) / 1e6
  const [, unified = ''] = /^0::(.*)$/m.exec(groups) ?? []
  const [, usec = 'NaN'] = /^usage_usec (\d+)/m.exec(read(`/sys/fs/cgroup${unified}/cpu.stat`)) ?? []
  return Number(usec) / 1e3
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
