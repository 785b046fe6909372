import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readAtoll, root, runAtoll } from './atoll.ts'

/** Everything: the checks, then the tests on real engines. Labs of tests are removed before, after, and on Ctrl-C. */
const testLab = /^test(-|$)/
const countsSchema = z.object({ numPassedTests: z.number(), numFailedTests: z.number(), numPendingTests: z.number() })

if (process.getuid?.() !== 0) {
  console.error('atoll: the tests start real Docker Engines in network namespaces; run them as root')
  process.exit(2)
}
// The children get Ctrl-C from the terminal too and end; what is left is to clean up after them.
process.on('SIGINT', () => console.error('\natoll: interrupted; removing the labs of the tests'))
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => running?.kill(signal))

let running: ReturnType<typeof spawn> | undefined
const reports = mkdtempSync(join(tmpdir(), 'atoll-test-'))
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
    join(reports, 'lab.json'),
  ])
  process.exitCode = checkStatus || labStatus
  printCounts()
} finally {
  await removeTestLabs()
  rmSync(reports, { recursive: true })
}

function run([program, ...rest]: readonly [string, ...string[]]): Promise<number> {
  console.log(`\natoll: ${[program, ...rest].join(' ').replaceAll(`${root}/`, '')}`)
  const child = spawn(program, rest, { cwd: root, stdio: 'inherit' })
  running = child
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 130))
  })
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
  if (!existsSync(join(reports, 'lab.json'))) return
  const counts = countsSchema.parse(JSON.parse(readFileSync(join(reports, 'lab.json'), 'utf8')))
  console.log(`\non real engines: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed`)
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`)
}
