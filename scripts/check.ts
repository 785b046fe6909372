import { runSteps, type Step } from './run-steps.ts'

/** Everything that needs neither root nor an engine. About a minute on two cores. */
const steps: readonly Step[] = [
  // First, because it takes longest; it prints what failed and no more.
  { name: 'unit tests', argv: ['vitest', 'run', '--project', 'unit', '--silent', '--reporter', 'minimal'] },
  { name: 'format', argv: ['oxfmt', '--check'] },
  { name: 'lint', argv: ['oxlint'] },
  { name: 'types', argv: ['tsc', '-p', '.'] },
  { name: 'pure: spec', argv: ['tsc', '-p', 'packages/spec'] },
  { name: 'pure: plan', argv: ['tsc', '-p', 'packages/plan'] },
  { name: 'pure: api', argv: ['tsc', '-p', 'packages/api'] },
  { name: 'dead code', argv: ['knip', '--no-progress'] },
  { name: 'duplication', argv: ['jscpd', '--config', '.jscpd.json'] },
]

const startedAt = performance.now()
const failed = await runSteps(steps, 2, AbortSignal.timeout(10 * 60_000))
console.log(`${steps.length - failed} passed, ${failed} failed`)
console.log(`check took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
process.exitCode = failed === 0 ? 0 : 1
