import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openRemoteEngine } from '@atoll/engine/remote'

it('starts, says so, answers, and stops cleanly when it is told to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-agent-'))
  const socketPath = join(folder, 'agent.sock')
  const variables = { ATOLL_SOCKET: socketPath, ATOLL_SOCKET_OWNER: String(process.getuid?.() ?? 0) }
  const env = { ...process.env, ...variables, ATOLL_ENGINE: `unix://${folder}/none.sock` }
  const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const exited = once(program, 'exit')
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
    expect(JSON.parse((await lines.next()).value ?? '')).toMatchObject({ message: 'the agent listens', socketPath })
    await using remote = openRemoteEngine({ socketPath })
    const failure = { code: 'unreachable', message: expect.stringContaining('none.sock') }
    await expect(remote.self(AbortSignal.timeout(10_000))).rejects.toMatchObject(failure)
    program.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(await readdir(folder)).toEqual([])
  } finally {
    program.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
}, 20_000)
