import { defineConfig } from 'vitest/config'

/** `unit` is what `npm run check` runs; `lab` needs root and real engines and runs one file at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Files share one process, because loading the modules anew for each takes longer than the tests.
          isolate: false,
          include: ['packages/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.lab.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'lab',
          include: ['packages/**/*.lab.test.ts', 'test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
