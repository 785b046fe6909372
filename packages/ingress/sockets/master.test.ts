import { expect, test } from 'vitest'
import { parseGeneration } from './master.ts'

const head = '#<PID>          <type>          <reloads>       <uptime>        <version>      \n'

test.each([
  [
    `${head}26779           master          2 [failed: 0]   0d00h00m02s     2.6.12\n# workers\n27251           worker          0               0d00h00m01s     2.6.12\n# old workers\n26873           worker          1               0d00h00m03s     2.6.12\n# programs\n`,
    { worker: 27_251, reloads: 2, failed: 0 },
  ],
  [
    `${head}26779           master          4 [failed: 2]   0d00h00m04s     2.6.12\n# workers\n27251           worker          2               0d00h00m03s     2.6.12\n# programs\n`,
    { worker: 27_251, reloads: 4, failed: 2 },
  ],
  [
    `${head}26779           master          0 [failed: 0]   0d00h00m00s     2.6.12\n# workers\n`,
    { worker: undefined, reloads: 0, failed: 0 },
  ],
])('what the master says is read: %#', (reply, generation) => {
  expect(parseGeneration(reply)).toEqual(generation)
})
