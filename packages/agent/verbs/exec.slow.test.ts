import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Engine, ExecRequest } from '@atoll/engine'
import { openFakeEngine } from '@atoll/engine/fake'
import { openTestAgent } from '../testing.ts'

const live = new AbortController().signal
const mebibyte = 1024 * 1024

const program = (change: Partial<ExecRequest> = {}): ExecRequest => ({
  taskId: 'task1',
  argv: ['cat'],
  environment: {},
  stdout: () => undefined,
  stderr: () => undefined,
  ...change,
})

describe('exec', () => {
  const block = Buffer.alloc(64 * 1024, 7)
  const total = 64 * mebibyte

  /** Gives back what it reads, at the pace of who takes it. */
  const echo: Engine['exec'] = async ({ stdin, stdout }) => {
    for await (const chunk of stdin ?? []) await stdout(chunk)
    return 0
  }

  it('carries 64 MB both ways, and holds little of it at any time', async () => {
    await using agent = await openTestAgent({ ...openFakeEngine(), exec: echo })
    const count = { sent: 0, received: 0, most: 0 }
    const takers = { now: 0, most: 0 }
    const input = async function* (): AsyncGenerator<Uint8Array> {
      for (; count.sent < total; count.sent += block.length) {
        count.most = Math.max(count.most, count.sent - count.received)
        yield block
      }
    }
    const isSame = { so: true }
    const stdout: ExecRequest['stdout'] = async (chunk) => {
      takers.most = Math.max(takers.most, ++takers.now)
      isSame.so &&= chunk.every((byte) => byte === 7)
      await turn()
      count.received += chunk.length
      takers.now -= 1
    }
    expect(await agent.remote.exec(program({ stdin: input(), stdout }), live)).toBe(0)
    expect(count).toMatchObject({ sent: total, received: total })
    expect(isSame.so).toBe(true)
    expect(count.most).toBeLessThan(8 * mebibyte)
    expect(takers.most).toBe(1)
  })

  it('does not wait for input that nobody sends or reads', async () => {
    await using agent = await openTestAgent({ ...openFakeEngine(), exec: async () => 3 })
    const never = async function* (): AsyncGenerator<Uint8Array> {
      yield block
      await new Promise(() => undefined)
    }
    expect(await agent.remote.exec(program({ stdin: never() }), live)).toBe(3)
  })

  it('tells the size of a terminal, first and later, and where it runs', async () => {
    const seen: unknown[] = []
    const exec: Engine['exec'] = async ({ tty, user, workingDir, environment, onResize }) => {
      seen.push({ tty, user, workingDir, environment })
      const { promise, resolve } = Promise.withResolvers<{ columns: number; rows: number }>()
      onResize?.(resolve)
      seen.push(await promise)
      return 0
    }
    await using agent = await openTestAgent({ ...openFakeEngine(), exec })
    const size = { columns: 80, rows: 25 }
    const about = { tty: size, user: 'app', workingDir: '/srv', environment: { A: '1' } }
    const onResize: ExecRequest['onResize'] = (listener) => listener({ columns: 100, rows: 30 })
    await agent.remote.exec(program({ ...about, onResize }), live)
    expect(seen).toEqual([about, { columns: 100, rows: 30 }])
  })
})
