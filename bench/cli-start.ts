import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compare, median, type Benchmark } from './benchmark.ts'

const root = join(import.meta.dirname, '..')
const rounds = 15

/** `atoll config` of a small file, as a whole process, beside the bare Node it runs on. */
export const cliStart: Benchmark = {
  name: 'cli.start',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atoll-bench-'))
    try {
      writeFileSync(
        join(folder, 'compose.yaml'),
        'services:\n  web:\n    image: example/web:1\n    ports: ["80:8080"]\n',
      )
      const ours: number[] = []
      const other: number[] = []
      for (let round = 0; round <= rounds; round += 1) {
        ours.push(timeMs([join(root, 'bin/atoll'), 'config'], folder))
        other.push(timeMs([process.execPath, '-e', '0'], folder))
      }
      const note = `median of ${rounds} after a warm-up; other: node -e 0; wanted: under 150 ms`
      return [
        compare('cli.start', { ours: median(ours.slice(1)), other: median(other.slice(1)) }, { unit: 'ms', note }),
      ]
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

function timeMs([program, ...rest]: [string, ...string[]], cwd: string): number {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(program, rest, { cwd, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${rest.join(' ')}: exit status ${status}: ${stderr}`)
  return performance.now() - startedAt
}
