import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Benchmark, Figure } from '../bench/benchmark.ts'
import { benchmarks } from '../bench/index.ts'
import { bundleAtoll } from './atoll.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
})

// `npm run bench NAME --json FILE`: npm takes the flag for its own and leaves the file among the names.
const isTakenByNpm = values.json === undefined && process.env['npm_config_json'] === 'true'
const jsonFile = isTakenByNpm ? positionals.pop() : values.json

if (values.help) {
  console.log(`npm run bench [-- NAME...] [--json FILE]\n\nNames: ${benchmarks.flatMap(namesOf).join(' ')}`)
} else {
  const chosen = choose(positionals)
  // As "npm run up" leaves the command line.
  await bundleAtoll()
  const figures = await runAll(chosen)
  printTable(figures)
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(figures.map(complete), null, 2)}\n`)
}

/** A name chooses its benchmark, and so does any of its beginnings: `plan` for `plan.N`. */
function choose(names: readonly string[]): readonly Benchmark[] {
  const isMeant = (benchmark: Benchmark, name: string): boolean =>
    namesOf(benchmark).some((own) => own.startsWith(name))
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => isMeant(benchmark, name)))
  if (unknown.length > 0) {
    console.error(
      `bench: no benchmark called ${unknown.join(', ')}; there are ${benchmarks.flatMap(namesOf).join(', ')}`,
    )
    process.exit(2)
  }
  return names.length === 0
    ? benchmarks
    : benchmarks.filter((benchmark) => names.some((name) => isMeant(benchmark, name)))
}

function namesOf({ name, also = [] }: Benchmark): readonly string[] {
  return [name, ...also]
}

async function runAll(chosen: readonly Benchmark[]): Promise<Figure[]> {
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  const figures: Figure[] = []
  for (const benchmark of chosen) {
    console.error(`bench: ${benchmark.name} ...`)
    figures.push(...(await benchmark.run(interrupted.signal)))
  }
  return figures
}

/** Every figure has every field, for programs. */
function complete({ name, ours, other, ratio, unit, note }: Figure): object {
  return { name, ours, other: other ?? null, ratio: ratio ?? null, unit, note }
}

function printTable(figures: readonly Figure[]): void {
  const rows = figures.map(({ name, ours, other, ratio, unit, note }) => [
    name,
    number(ours),
    number(other),
    number(ratio),
    unit,
    note,
  ])
  const table = [['name', 'ours', 'other', 'ratio', 'unit', 'note'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 0)
}
