import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openTestLab } from '@atoll/lab/testing'
import type { TestLab } from '@atoll/lab/testing'
import type { ObservedTask } from '@atoll/plan'
import type { Service } from '@atoll/spec'
import type { LogLine } from '../engine.ts'
import type { SwarmEngine } from './index.ts'
import { createLabService, openLabEngine } from './lab-engine.ts'

let lab: TestLab
let engine: SwarmEngine
const ref = { app: 'tasks', environment: 'test' }
const soon = (): AbortSignal => AbortSignal.timeout(150_000)

beforeAll(async () => {
  lab = await openTestLab({ nodes: 3 })
  engine = await openLabEngine(lab)
})
afterEach(async () => {
  for (const { id, engineName } of (await engine.observe(ref, soon())).services)
    await engine.apply({ kind: 'remove-service', id, engineName }, { ref, release: 1, secrets: {} }, soon())
})
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]()
})

/** Creates the service and waits for a task in that state. */
const reach = async (state: ObservedTask['state'], change: Partial<Service>): Promise<ObservedTask> => {
  const service = createLabService(lab, { ref, name: 'web' }, change)
  await engine.apply({ kind: 'create-service', service }, { ref, release: 1, secrets: {} }, soon())
  for await (const _event of engine.watch(ref, soon())) {
    const tasks =
      (await engine.observe(ref, soon())).services.find((one) => one.engineName === service.engineName)?.tasks ?? []
    const found = tasks.find((task) => task.state === state)
    if (found !== undefined) return found
  }
  throw new Error(`no task came to be ${state} in time`)
}

const eatMemory = ['sh', '-c', 'a=x; while :; do a="$a$a"; done']

describe('what a task died of', () => {
  it('is told apart: out of memory', async () => {
    const limits = { memoryBytes: 24 * 1024 * 1024 }
    const task = await reach('failed', { command: eatMemory, resources: { limits, reservations: {} } })
    const detail = await engine.inspectTask(task.id, soon())
    expect(detail).toMatchObject({ isOutOfMemory: true, exitCode: 137 })
  })

  it('is told apart: unhealthy, with what the check printed', async () => {
    const healthcheck = {
      test: ['CMD-SHELL', 'echo no database; exit 4'],
      intervalMs: 1_000,
      timeoutMs: 1_000,
      retries: 1,
    }
    const task = await reach('failed', { healthcheck })
    const detail = await engine.inspectTask(task.id, soon())
    expect(detail.health[0]).toMatchObject({ exitCode: 4, output: 'no database\n' })
    expect(detail.isOutOfMemory).toBe(false)
  })
})

const awaitSize = (size: string): string =>
  `until stty size | grep -q "^${size}$"; do sleep 0.1; done; echo is ${size};`

describe('a terminal in a task', () => {
  it('has the size it was given, changes it, and takes what is typed', async () => {
    const task = await reach('running', {})
    let output = ''
    const see = (text: string): Promise<void> =>
      expect.poll(() => output, { timeout: 90_000, interval: 50 }).toContain(text)
    let resize = (_size: { columns: number; rows: number }): void => undefined
    async function* typing(): AsyncIterable<Uint8Array> {
      await see('is 44 120')
      yield Buffer.from('typed\n')
    }
    const ended = engine.exec(
      {
        taskId: task.id,
        argv: ['sh', '-c', `${awaitSize('33 77')} ${awaitSize('44 120')} read a; echo "got $a"; exit 5`],
        environment: {},
        tty: { columns: 77, rows: 33 },
        stdin: typing(),
        onResize: (listener) => (resize = listener),
        stdout: (chunk) => void (output += Buffer.from(chunk).toString()),
        stderr: () => undefined,
      },
      soon(),
    )
    await see('is 33 77')
    resize({ columns: 120, rows: 44 })
    expect(await ended).toBe(5)
    expect(output).toContain('got typed')
  })
})

describe('logs', () => {
  it('of all tasks are merged by time, with node and slot; the tail counts lines of each task', async () => {
    const command = [
      'sh',
      '-c',
      'for i in 1 2 3 4 5; do echo "line $i"; echo "oops $i" >&2; sleep 0.2; done; sleep 1000',
    ]
    const other = createLabService(lab, { ref, name: 'other' })
    await engine.apply({ kind: 'create-service', service: other }, { ref, release: 1, secrets: {} }, soon())
    await reach('running', { command, mode: { kind: 'replicated', replicas: 3 } })
    const read = (tail?: number): Promise<readonly LogLine[]> =>
      Array.fromAsync(engine.logs({ ref, services: ['web'], follow: false, ...(tail && { tail }) }, soon()))
    await expect.poll(async () => (await read()).length, { timeout: 90_000, interval: 500 }).toBe(30)
    const lines = await read()
    expect(lines.map(({ atMs }) => atMs)).toEqual(lines.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
    expect(new Set(lines.map(({ slot }) => slot))).toEqual(new Set([1, 2, 3]))
    expect(lines.filter(({ stream }) => stream === 'stderr')).toHaveLength(15)
    expect(new Set(lines.map(({ nodeId }) => nodeId)).size).toBeGreaterThan(1)
    const taskId = lines[0]?.taskId ?? ''
    const last = await read(4)
    expect(last).toHaveLength(12)
    const isOfTask = (line: LogLine): boolean => line.taskId === taskId
    expect(last.filter(isOfTask)).toEqual(lines.filter(isOfTask).slice(-4))
    const ofOne = await Array.fromAsync(engine.logs({ ref, services: [], taskId, follow: false }, soon()))
    expect(ofOne).toEqual(lines.filter((line) => line.taskId === taskId))
    const since = Math.floor(lines[20]?.atMs ?? 0)
    const later = await Array.fromAsync(engine.logs({ ref, services: [], follow: false, sinceMs: since }, soon()))
    expect(later).toEqual(lines.filter(({ atMs }) => atMs >= since))
  })

  it('of a service that is not there are refused with what is there', async () => {
    const query = { ref, services: ['nope'], follow: false }
    await reach('running', {})
    await expect(Array.fromAsync(engine.logs(query, soon()))).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('there are web'),
    })
  })
})
