import { rmSync, statSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compare, median, type Benchmark } from './benchmark.ts'
import { openPlatformLab, run, type PlatformLab } from './platform-lab.ts'

const megabytes = 256
const rounds = 3
const inside = '/tmp/large'
/** Not from nothing but chance, which takes longer to make than to copy, and not of one byte either. */
const makeFile = `
const { openSync, writeSync } = require("node:fs")
const block = require("node:crypto").randomBytes(1e6)
const file = openSync("${inside}", "w")
for (let count = 0; count < ${megabytes}; count++) writeSync(file, block)`

/**
 * A file out of a task of a worker and back into it, through control and two agents, beside `docker cp` at that worker's own
 * engine.
 */
export const copyThroughput: Benchmark = {
  name: 'cp.throughput',
  also: ['cp.throughput.in'],
  run: async (signal) => {
    await using platform = await openPlatformLab({ nodes: 2, managers: 1 })
    const { lab, atoll } = platform
    const folder = writeAppOfWorker(platform)
    await atoll(['deploy'], folder)
    await atoll(['exec', 'web', '--', 'node', '-e', makeFile], folder)
    const worker = lab.nodes.find(({ isManager }) => !isManager)
    const docker = (...args: readonly string[]) => run(['docker', '-H', `unix://${worker?.socket}`, ...args])
    const container = (
      await docker('ps', '--quiet', '--filter', 'label=com.docker.swarm.service.name=cp_production_web')
    ).trim()
    const local = join(folder, 'large')
    const sides = {
      out: {
        ours: () => atoll(['cp', `web:${inside}`, local], folder),
        other: () => docker('cp', `${container}:${inside}`, local),
      },
      in: {
        ours: () => atoll(['cp', local, `web:${inside}`], folder),
        other: () => docker('cp', local, `${container}:${inside}`),
      },
    }
    const measure = async (copy: () => Promise<unknown>): Promise<number> => {
      const rates: number[] = []
      for (let round = 0; round < rounds; round += 1) {
        signal.throwIfAborted()
        const startedAt = performance.now()
        await copy()
        rates.push(statSync(local).size / 1e3 / (performance.now() - startedAt))
      }
      return median(rates)
    }
    const note = `median of ${rounds}, ${megabytes} MB, command line included; other: docker cp at the node; wanted: about 100 MB/s`
    const about = { unit: 'MB/s', note }
    try {
      const out = { ours: await measure(sides.out.ours), other: await measure(sides.out.other) }
      const into = { ours: await measure(sides.in.ours), other: await measure(sides.in.other) }
      return [compare('cp.throughput', out, about), compare('cp.throughput.in', into, about)]
    } finally {
      rmSync(local, { force: true })
    }
  },
}

interface AppFile {
  readonly services: { readonly web: { readonly deploy: object } }
}

const writeAppOfWorker = ({ writeApp }: PlatformLab): string => {
  const folder = writeApp('cp')
  const path = join(folder, 'compose.yaml')
  const file = JSON.parse(readFileSync(path, 'utf8')) as AppFile
  const { web } = file.services
  const deploy = { ...web.deploy, placement: { constraints: ['node.role == worker'] } }
  writeFileSync(path, JSON.stringify({ ...file, services: { web: { ...web, deploy } } }))
  return folder
}
