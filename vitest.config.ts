import { defineConfig } from 'vitest/config'

const labTests = ['packages/**/*.lab.test.ts', 'test/e2e/**/*.test.ts']

/** They kill, cut and wait for elections and for nodes to be empty more than they compute. */
const faultTests = [
  'packages/engine/swarm/faults.lab.test.ts',
  'test/e2e/{faults,nodes,platform-faults,routes}.test.ts',
]

/** They have a platform in their lab: controls, agents, ingresses. */
const platformTests = [
  'packages/cli/cli.lab.test.ts',
  'test/e2e/platform/*.test.ts',
  'test/e2e/{rebalance,static,streams}.test.ts',
]

/** A lab of their own, beside that of others. */
const inLab = (name: string) => ({ ATOLL_TEST_LAB: `${process.env['ATOLL_TEST_LAB'] ?? ''}-${name}` })

/** Every fault of the platform, often, drains, new keys and builds, witnesses, zones, drills, backups, all that visitors may feel: too long for each run. */
const stormTests = [
  'test/e2e/{backup,canary,drill,keys,managers,storm,upgrade,upgrade-interrupted,visitors,witness,zones}.test.ts',
]

/** Hosts with nothing on them become nodes, and get what server.yaml declares; most of the time Docker is being installed. */
const bareTests = ['test/e2e/{declared,five-nodes,invite,node-upgrade,servers,vip}.test.ts']

/** They look at what the whole machine has, so no other lab may be there. */
const machineTests = ['packages/lab/**/*.lab.test.ts']

/** Files of a project share a lab, so they run one at a time. */
const onRealEngines = { fileParallelism: false, testTimeout: 300_000, hookTimeout: 420_000 }

/**
 * `unit` is what `npm run check` runs; files of `slow` take seconds. The others need root and real engines. `lab`,
 * `platform` and `faults` have labs of their own. `npm test` runs these side by side, and `slow` beside `machine` before:
 * while one waits for an engine the other works. `storm` and `bare` run when asked for: `npm test -- storm`.
 */
export default defineConfig({
  test: {
    // The provider of the sign-in tests warns at each start that it is not set up for production.
    onConsoleLog: (text) => !text.startsWith('oidc-provider '),
    projects: [
      {
        test: {
          name: 'unit',
          // Files share one process, because loading the modules anew for each takes longer than the tests.
          isolate: false,
          maxWorkers: 2,
          // A limit for what hangs, not a measure: machines are shared.
          testTimeout: 20_000,
          include: ['packages/**/*.test.ts', 'scripts/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: ['**/*.{lab,slow}.test.ts', '**/node_modules/**'],
        },
      },
      // Some wait for authorities and clocks; vitest would leave one of two processors alone.
      { test: { name: 'slow', maxWorkers: 2, testTimeout: 60_000, include: ['packages/**/*.slow.test.ts'] } },
      { test: { ...onRealEngines, name: 'machine', include: machineTests } },
      {
        test: {
          ...onRealEngines,
          name: 'lab',
          include: labTests,
          exclude: [
            ...machineTests,
            ...platformTests,
            ...faultTests,
            ...stormTests,
            ...bareTests,
            '**/node_modules/**',
          ],
        },
      },
      { test: { ...onRealEngines, name: 'platform', include: platformTests, env: inLab('platform') } },
      { test: { ...onRealEngines, name: 'faults', include: faultTests, env: inLab('faults') } },
      { test: { ...onRealEngines, name: 'storm', include: stormTests } },
      { test: { ...onRealEngines, name: 'bare', include: bareTests } },
    ],
  },
})
