import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const bin = fileURLToPath(new URL('../../bin/atoll', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'atoll-main-'))
const link = join(folder, 'atoll')
symlinkSync(bin, link)
writeFileSync(join(folder, 'compose.yaml'), 'services:\n  web:\n    image: web:1\n    prots: []\n')
afterAll(() => rmSync(folder, { recursive: true }))

const run = (file: string, args: readonly string[]): Promise<{ status: unknown; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(file, args, { cwd: folder }, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? 0, stdout, stderr }),
    )
  })

test('runs from any folder and through a link; bad input ends with status 2', async () => {
  const { status, stderr } = await run(link, ['config'])
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/^compose\.yaml:4:\d+: .*prots/) })
})

test('says its version', async () =>
  expect(await run(bin, ['--version'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  }))

test('a reader that leaves early is no failure', async () => {
  const child = spawn(bin, ['--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  await once(child, 'close')
  expect({ status: child.exitCode, said }).toEqual({ status: 0, said: [] })
})
