import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogLine } from '../engine.ts'
import { openClient } from './client.ts'
import { parseLogLine, parseTimedLine } from './log-line.ts'
import { readLogs } from './logs.ts'
import { mergeLines } from './merge-lines.ts'
import { openNodeClients } from './node-clients.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const details = 'com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1'

describe('a line of a log', () => {
  it('is parted into time, task, node and text', () => {
    expect(parseLogLine(`2026-11-20T10:33:50.546656556Z ${details} GET / 200`)).toEqual({
      taskId: 't1',
      nodeId: 'n1',
      atMs: Date.parse('2026-11-20T10:33:50.546Z') + 0.656,
      text: 'GET / 200',
    })
  })

  it('keeps spaces and may be empty', () => {
    expect(parseLogLine(`2026-11-20T10:33:50Z ${details}   two spaces`)).toMatchObject({ text: '  two spaces' })
    expect(parseLogLine(`2026-11-20T10:33:50Z ${details} `)).toMatchObject({ text: '' })
    expect(parseLogLine(`2026-11-20T10:33:50Z a=%2C%zz,${details} x\r`)).toMatchObject({ taskId: 't1', text: 'x' })
  })

  it('of the engine itself is passed on', () => {
    expect(parseLogLine('warning: incomplete log stream')).toMatchObject({
      taskId: '',
      text: 'warning: incomplete log stream',
    })
    expect(parseLogLine(' ')).toBeUndefined()
  })

  it('as the engine of its container has it is parted into time and text', () => {
    const atMs = Date.parse('2026-11-20T10:33:50.546Z') + 0.656
    expect(parseTimedLine('2026-11-20T10:33:50.546656556Z GET / 200\r')).toEqual({ atMs, text: 'GET / 200' })
    expect(parseTimedLine('2026-11-20T10:33:50.546656556Z   two spaces ')).toEqual({ atMs, text: '  two spaces ' })
    expect(parseTimedLine('2026-11-20T10:33:50.546656556Z ')).toEqual({ atMs, text: '' })
    expect(parseTimedLine('the end of a long line')).toBeUndefined()
  })
})

async function* from<T>(items: readonly T[], fault?: Error): AsyncIterable<T> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
  if (fault !== undefined) throw fault
}

describe('merged lines', () => {
  it('are all there, in order of time', async () => {
    const streams = fc.array(fc.array(fc.record({ atMs: fc.nat({ max: 50 }) })), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(streams, async (sent) => {
        const got = await Array.fromAsync(
          mergeLines(
            sent.map((lines) => from(lines)),
            { isLive: false },
          ),
        )
        expect(got.map(({ atMs }) => atMs)).toEqual(
          sent
            .flat()
            .map(({ atMs }) => atMs)
            .sort((a, b) => a - b),
        )
      }),
    )
  })

  it('come while the streams are open when followed', async () => {
    const ending = new AbortController()
    async function* endless(): AsyncIterable<{ readonly atMs: number }> {
      yield* [{ atMs: 2 }, { atMs: 1 }]
      await new Promise((resolve) => ending.signal.addEventListener('abort', resolve))
    }
    const lines = mergeLines([endless()], { isLive: true })[Symbol.asyncIterator]()
    expect([(await lines.next()).value, (await lines.next()).value]).toEqual([{ atMs: 1 }, { atMs: 2 }])
    ending.abort()
    expect((await lines.next()).done).toBe(true)
  })

  it('fail with a stream that fails', async () => {
    const merged = mergeLines([from([{ atMs: 1 }], new Error('broke')), from([{ atMs: 2 }])], { isLive: false })
    await expect(Array.fromAsync(merged)).rejects.toThrow('broke')
  })

  it('are more than are held at once', async () => {
    const many = Array.from({ length: 45_000 }, (_, atMs) => ({ atMs }))
    const got = await Array.fromAsync(mergeLines([from(many), from(many)], { isLive: false }))
    expect(got).toHaveLength(90_000)
  })
})

describe('lines of the nodes', () => {
  const web = {
    ID: 's1',
    Version: { Index: 1 },
    CreatedAt: '2026-11-20T10:00:00Z',
    UpdatedAt: '2026-11-20T10:00:00Z',
    Spec: { Name: 'shop_web', Labels: { 'atoll.service': 'web' }, TaskTemplate: {} },
  }
  const node = {
    ID: 'n3id',
    Version: { Index: 1 },
    CreatedAt: '2026-11-20T10:00:00Z',
    UpdatedAt: '2026-11-20T10:00:00Z',
    Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
    Description: { Hostname: 'node-3', Platform: {}, Resources: {}, Engine: {} },
    Status: { State: 'unknown' },
  }
  const frame = (stream: number, text: string): Buffer =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])
  const line = (task: string, text: string): Buffer =>
    frame(1, `2026-11-20T10:33:50.${text}00Z com.docker.swarm.task.id=${task} ${text}\n`)

  const readAll = async (answerLogs: (url: string) => Buffer, tail?: number): Promise<readonly LogLine[]> => {
    await using engine = await openScriptedEngine((request, response) => {
      const url = request.url ?? ''
      if (url.includes('/logs?')) response.end(answerLogs(url))
      else if (url.includes('/services')) reply(response, 200, [web])
      else if (url.endsWith('/nodes')) reply(response, 200, [node])
      else reply(response, 404, { message: 'no such task' })
    })
    await using client = openClient(engine.endpoint)
    await using nodes = openNodeClients({ api: client, managers: [client], more: async () => [] })
    const query = { ref: { app: 'shop', environment: 'test' }, services: [], follow: false, ...(tail && { tail }) }
    return await Array.fromAsync(readLogs({ api: client, nodes }, query, new AbortController().signal))
  }

  it('are counted by the engine, for each task', async () => {
    const lines = await readAll(
      (url) => (url.includes('tail=1') ? Buffer.concat([line('t1', '1'), line('t2', '2')]) : Buffer.of()),
      1,
    )
    expect(lines.map(({ taskId, text }) => `${taskId} ${text}`)).toEqual(['t1 1', 't2 2'])
  })

  it('that are gone are missing, which is said last and with their names', async () => {
    const gap = 'warning: incomplete log stream: node n3id is not available, node n4id is not available'
    const lines = await readAll(() => Buffer.concat([line('t1', '1'), frame(3, gap)]))
    expect(lines.map(({ text }) => text)).toEqual(['1', 'lines are missing: no answer from node-3 and node n4id'])
  })
})
