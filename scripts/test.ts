import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readAtoll, root, runAtoll } from './atoll.ts'

/** Everything: the checks, then the tests on real engines. Labs of tests are removed before, after, and on Ctrl-C. */
const testLab = /^test(-|$)/
const interruptedStatus = 130
const countsSchema = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number() })

if (process.getuid?.() !== 0) {
  console.error('atoll: the tests start real Docker Engines in network namespaces; run them as root')
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)

let running: ReturnType<typeof spawn> | undefined
let isInterrupted = false
/** Reports, and whatever the tests make in the folder for temporary files. */
const folder = mkdtempSync(join(tmpdir(), 'atoll-test-'))
try {
  const checkStatus = await run([process.execPath, 'scripts/check.ts'])
  await removeTestLabs()
  const labStatus = await run([
    'vitest',
    'run',
    '--project',
    'lab',
    '--reporter',
    'verbose',
    '--reporter',
    'json',
    '--outputFile.json',
    join(folder, 'lab.json'),
  ])
  process.exitCode = checkStatus || labStatus
  printCounts()
} finally {
  await removeTestLabs()
  rmSync(folder, { recursive: true })
}

function run([program, ...rest]: readonly [string, ...string[]]): Promise<number> {
  console.log(`\natoll: ${[program, ...rest].join(' ').replaceAll(`${root}/`, '')}`)
  if (isInterrupted) return Promise.resolve(interruptedStatus)
  const env = { ...process.env, TMPDIR: folder }
  const child = spawn(program, rest, { cwd: root, stdio: 'inherit', env, detached: true })
  running = child
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? interruptedStatus))
  })
}

/**
 * The child leads a group of its own: all its processes end at once, or a deploy under test would go on in the background.
 * What they leave is removed as after a crash.
 */
function interrupt(): void {
  if (!isInterrupted) console.error('\natoll: interrupted; removing what the tests have made')
  isInterrupted = true
  if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null)
    process.kill(-running.pid, 'SIGKILL')
}

async function removeTestLabs(): Promise<void> {
  const labs = z.array(z.object({ name: z.string() })).parse(await readAtoll(['lab', 'ls']))
  for (const { name } of labs.filter((lab) => testLab.test(lab.name))) {
    const status = await runAtoll(['lab', 'down', '--name', name])
    if (status !== 0) process.exitCode = status
  }
}

/** Interrupted tests leave no report. */
function printCounts(): void {
  const report = join(folder, 'lab.json')
  if (!existsSync(report)) return
  const counts = countsSchema.parse(JSON.parse(readFileSync(report, 'utf8')))
  console.log(`\non real engines: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed`)
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`)
}
