import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { awaitBoot } from './await-boot.ts'
import { startDetached } from './host.ts'

const signal = new AbortController().signal
let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atoll-boot-'))
})
afterEach(() => rm(folder, { recursive: true }))

const start = async (script: string, findBooted: () => Promise<number | undefined>): Promise<number> => {
  const logFile = `${folder}/node-1/host.log`
  const started = await startDetached(['sh', '-c', script], { tag: 'test', logFile })
  return awaitBoot({ name: 'node-1', logFile, hasEnded: started.hasEnded, findBooted }, signal)
}

test('a host whose first process has ended is given up at once, with what it said last', async () => {
  const failing = start('seq 20; echo "mount: no such disk" >&2; exit 3', async () => undefined)
  await expect(failing).rejects.toMatchObject({
    code: 'command-failed',
    message: expect.stringMatching(/^boot node-1: .*has ended: 17; 18; 19; 20; mount: no such disk \(.*host\.log\)$/),
  })
})

test('one that boots is waited for', async () => {
  let looks = 0
  const find = async (): Promise<number | undefined> => ((looks += 1) === 3 ? 42 : undefined)
  expect(await start('sleep 1', find)).toBe(42)
})
