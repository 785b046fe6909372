import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { compare, type Benchmark, type Figure } from './benchmark.ts'

const root = join(import.meta.dirname, '..')

/** Compose files of the field, kept outside the repository: they are other people's. */
const casesFolder = resolve(root, process.env['ATOLL_COMPOSE_CASES'] ?? '../shared/compose-cases')

const sideSchema = z.object({ files: z.number(), accepted: z.number(), seconds: z.number(), peakBytes: z.number() })

/** Every file of the corpus in one process, beside the YAML parser alone on the same files. */
export const configCorpus: Benchmark = {
  name: 'config.corpus',
  run: async () => {
    if (!existsSync(casesFolder)) return [absent('config.corpus')]
    const ours = runSide('atoll')
    const other = runSide('yaml')
    const note = `${ours.files} files in one process, ${ours.accepted} accepted; other: the YAML parser alone`
    return [
      compare(
        'config.corpus',
        { ours: ours.files / ours.seconds, other: other.files / other.seconds },
        { unit: 'files/s', note },
      ),
      compare(
        'config.corpus.memory',
        { ours: ours.peakBytes / 2 ** 20, other: other.peakBytes / 2 ** 20 },
        { unit: 'MiB peak', note },
      ),
    ]
  },
}

/** The black-box scores of `atoll config` against the reference implementations. */
export const configScore: Benchmark = {
  name: 'config.score',
  run: async () => {
    if (!existsSync(casesFolder)) return [absent('config.score')]
    const bin = join(root, 'bin/atoll')
    const families = ['accept', 'model', 'load', 'merge', 'template', 'volume', 'dotenv', 'swarm']
    const argv = [
      'score.py',
      '--cmd',
      `${bin} config --format json {files}`,
      '--swarm',
      `${bin} config --format swarm {files}`,
      '--show',
      '0',
      ...families,
    ]
    const { status, stdout, stderr } = spawnSync('python3', argv, {
      cwd: casesFolder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    if (status !== 0) throw new Error(`python3 score.py: exit status ${status}: ${stderr}`)
    return stdout.split('\n').flatMap(readScore)
  },
}

/** `accept: same verdict ...: 1420/1427 = 0.9951, mean agreement ...` */
function readScore(line: string): Figure[] {
  const [, family, about, passed, all] = /^(\w+): (.*): (\d+)\/(\d+) = /.exec(line) ?? []
  if (family === undefined || passed === undefined || all === undefined) return []
  return [
    compare(
      `config.score.${family}`,
      { ours: Number(passed), other: Number(all) },
      { unit: 'cases', note: about ?? '' },
    ),
  ]
}

function runSide(side: 'atoll' | 'yaml') {
  const argv = [join(import.meta.dirname, 'read-corpus.ts'), side, casesFolder]
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`read the corpus by ${side}: exit status ${status}: ${stderr}`)
  return sideSchema.parse(JSON.parse(stdout))
}

const absent = (name: string): Figure => ({
  name,
  ours: 0,
  unit: '-',
  note: `skipped: no compose files in ${casesFolder}; set ATOLL_COMPOSE_CASES`,
})
