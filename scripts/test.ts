import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { readAtoll, root, runAtoll } from './atoll.ts'
import { ensurePrograms } from './ensure-programs.ts'

/**
 * Everything: the checks, then the tests on real engines. Labs of tests are removed before, after, and on Ctrl-C.
 * `npm test -- PROJECT...` runs those of vitest.config.ts alone.
 */
const testLab = /^test(-|$)/
const interruptedStatus = 130
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
})
type Report = z.infer<typeof reportSchema>

if (process.getuid?.() !== 0) {
  console.error('atoll: the tests start real Docker Engines in network namespaces; run them as root')
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)

const running = new Set<ReturnType<typeof spawn>>()
let isInterrupted = false
/** Reports, and whatever the tests make in the folder for temporary files. */
const folder = mkdtempSync(join(tmpdir(), 'atoll-test-'))
const asked = process.argv.slice(2)
/** One group after the other; within a group no two share a lab, and while one waits for an engine another works. */
const groups =
  asked.length > 0
    ? asked.map((project) => [project])
    : [
        ['slow', 'machine'],
        ['lab', 'platform', 'faults'],
      ]
try {
  ensurePrograms()
  const statuses = asked.length > 0 ? [] : [await run('check', [process.execPath, 'scripts/check.ts'])]
  await removeTestLabs()
  for (const projects of groups) {
    statuses.push(...(await Promise.all(projects.map((project) => run(project, testArgv(project))))))
  }
  process.exitCode = statuses.find((status) => status !== 0) ?? 0
} finally {
  await removeTestLabs()
  printOutcome()
  rmSync(folder, { recursive: true })
}

function testArgv(project: string): readonly [string, ...string[]] {
  const reporters = ['--reporter', 'verbose', '--reporter', 'json', '--outputFile.json', reportOf(project)]
  return ['vitest', 'run', '--project', project, ...reporters]
}

function reportOf(project: string): string {
  return join(folder, `${project}.json`)
}

/** Lines say whose they are, for two print at once. */
function run(name: string, [program, ...rest]: readonly [string, ...string[]]): Promise<number> {
  if (isInterrupted) return Promise.resolve(interruptedStatus)
  console.log(`\natoll: ${[program, ...rest].join(' ').replaceAll(`${root}/`, '')}`)
  const env = { ...process.env, TMPDIR: folder }
  const child = spawn(program, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env, detached: true })
  running.add(child)
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => console.log(`${name.padEnd(7)} ${line}`))
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      running.delete(child)
      resolve(code ?? interruptedStatus)
    })
  })
}

/**
 * Each child leads a group of its own: all its processes end at once, or a deploy under test would go on in the background.
 * What they leave is removed as after a crash.
 */
function interrupt(): void {
  if (!isInterrupted) console.error('\natoll: interrupted; removing what the tests have made')
  isInterrupted = true
  for (const { pid, exitCode, signalCode } of running) {
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL')
  }
}

async function removeTestLabs(): Promise<void> {
  const labs = z.array(z.object({ name: z.string() })).parse(await readAtoll(['lab', 'ls']))
  for (const { name } of labs.filter((lab) => testLab.test(lab.name))) {
    const status = await runAtoll(['lab', 'down', '--name', name])
    if (status !== 0) process.exitCode = status
  }
}

/** Last of all, and what failed last of that: whoever keeps only the end of the output keeps this. Interrupted tests leave no report. */
function printOutcome(): void {
  const reports = groups
    .flat()
    .map(reportOf)
    .filter((report) => existsSync(report))
    .map((report) => reportSchema.parse(JSON.parse(readFileSync(report, 'utf8'))))
  if (reports.length === 0) return
  printLongest(reports)
  const sum = (key: 'numPassedTests' | 'numFailedTests' | 'numPendingTests'): number =>
    reports.reduce((total, each) => total + each[key], 0)
  const [passed, failed, skipped] = [sum('numPassedTests'), sum('numFailedTests'), sum('numPendingTests')]
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  for (const line of reports.flatMap(failuresOf)) console.log(line)
}

/** What to look at first when the whole takes too long. */
function printLongest(reports: readonly Report[]): void {
  const longest = reports
    .flatMap(({ testResults }) => testResults)
    .map(({ name, startTime, endTime }) => ({ file: relative(root, name), seconds: (endTime - startTime) / 1_000 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 15)
  console.log(`longest: ${longest.map(({ file, seconds }) => `${file} ${seconds.toFixed(0)} s`).join(', ')}`)
}

/** A file that failed without a test that did could not be loaded, or failed before or after its tests. */
function failuresOf({ testResults }: Report): string[] {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const file = relative(root, name)
      const failed = assertionResults.filter(({ status }) => status === 'failed')
      if (failed.length === 0) return [`\nfailed: ${file}`, message]
      return failed.flatMap(({ fullName, failureMessages }) => [
        `\nfailed: ${file} > ${fullName}`,
        ...(failureMessages ?? []),
      ])
    })
}
