import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { readFiles, statFile, writeFiles } from './archive.ts'
import { openClient } from './client.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'
import { sampleTasks } from './stats.ts'

const live = new AbortController().signal
const containerId = 'c1'

const open = async (answer: (url: URL, response: ServerResponse, request: IncomingMessage) => void) => {
  const engine = await openScriptedEngine((request, response) => {
    const url = new URL(request.url ?? '/', 'http://docker')
    if (url.pathname.endsWith('/version')) reply(response, 200, { Version: '20.10.24', ApiVersion: '1.41' })
    else answer(url, response, request)
  })
  const node = openClient(engine.endpoint)
  return {
    node,
    place: { node, containerId },
    async [Symbol.asyncDispose]() {
      await node[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** As engines say it; `stats` differs between versions of control groups. */
const statsReply = (stats: object) => ({
  read: '2026-11-21T10:00:00.123456789Z',
  cpu_stats: { cpu_usage: { total_usage: 5_000_000_000 } },
  memory_stats: { usage: 100_000, limit: 400_000, stats },
  networks: { eth0: { rx_bytes: 10, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 7 },
      { op: 'write', value: 8 },
      { op: 'Total', value: 15 },
      { op: 'Read', value: 1 },
    ],
  },
  pids_stats: { current: 3 },
})

describe('what tasks use', () => {
  const container = (id: string, task: string) => ({ Id: id, Labels: { 'com.docker.swarm.task.id': task } })

  it('is added up over networks and disks, without what the kernel would give back', async () => {
    await using engine = await open((url, response) => {
      if (url.pathname.endsWith('/containers/json'))
        reply(response, 200, [container('c1', 't1'), container('c2', 't2'), container('c3', 'other')])
      else if (url.pathname.includes('/c1/')) reply(response, 200, statsReply({ inactive_file: 30_000 }))
      else reply(response, 200, statsReply({ total_inactive_file: 40_000, inactive_file: 1 }))
    })
    const samples = await sampleTasks(engine.node, ['t1', 't2'], live)
    const counters = { networkInBytes: 11, networkOutBytes: 22, readBytes: 8, writtenBytes: 8, processes: 3 }
    expect(samples.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1))).toMatchObject([
      { ...counters, taskId: 't1', cpuNs: 5e9, memoryBytes: 70_000, memoryLimitBytes: 400_000 },
      { taskId: 't2', memoryBytes: 60_000 },
    ])
    expect(samples[0]?.atMs).toBeCloseTo(Date.UTC(2026, 10, 21, 10) + 123.456789, 3)
  })

  it('leaves out what ended meanwhile', async () => {
    await using engine = await open((url, response) => {
      if (url.pathname.endsWith('/containers/json')) reply(response, 200, [container('c1', 't1')])
      else reply(response, 404, { message: 'No such container: c1' })
    })
    expect(await sampleTasks(engine.node, ['t1'], live)).toEqual([])
  })
})

describe('a path of a container', () => {
  const header = (mode: number, linkTarget = '') =>
    Buffer.from(JSON.stringify({ name: 'x', size: 12, mode, mtime: '2026-11-21T10:00:00Z', linkTarget })).toString(
      'base64',
    )

  it.each([
    [0o644, { kind: 'file', sizeBytes: 12 }],
    [2 ** 31 + 0o755, { kind: 'folder', sizeBytes: 12 }],
    [2 ** 31 + 2 ** 20 + 0o777, { kind: 'folder', sizeBytes: 12 }],
    [2 ** 23 + 0o755, { kind: 'file', sizeBytes: 12 }],
    [2 ** 26 + 2 ** 21, { kind: 'other', sizeBytes: 12 }],
    [2 ** 24, { kind: 'other', sizeBytes: 12 }],
  ])('with the mode %d of Go is %o', async (mode, found) => {
    await using engine = await open((_url, response) => {
      response.writeHead(200, { 'X-Docker-Container-Path-Stat': header(mode) }).end()
    })
    expect(await statFile(engine.place, '/x', live)).toEqual(found)
  })

  it('that is not there is told as that, and a container that is gone as the engine says it', async () => {
    await using engine = await open((url, response) => {
      const isFile = url.searchParams.get('path') === '/none'
      const message = isFile ? 'Could not find the file /none in container c1' : 'No such container: c1'
      reply(response, 404, { message })
    })
    const read = (path: string) => readFiles(engine.place, { path, take: async () => {} }, live)
    const absent = { code: 'not-found', message: 'read /none: there is no such file or folder' }
    await expect(read('/none')).rejects.toMatchObject(absent)
    await expect(read('/x')).rejects.toMatchObject({ message: expect.stringContaining('No such container') })
  })

  it('may be a link, or nothing', async () => {
    await using engine = await open((url, response) => {
      if (url.searchParams.get('path') !== '/link') response.writeHead(404).end()
      else response.writeHead(200, { 'X-Docker-Container-Path-Stat': header(2 ** 27 + 0o777, '/else') }).end()
    })
    expect(await statFile(engine.place, '/link', live)).toEqual({ kind: 'link', sizeBytes: 12, target: '/else' })
    expect(await statFile(engine.place, '/none', live)).toBeUndefined()
  })

  it('is read at the pace of who takes it, and a stream that breaks off is no end', async () => {
    await using engine = await open((_url, response) => {
      response.write(Buffer.alloc(1_000))
      setImmediate(() => response.destroy())
    })
    await expect(readFiles(engine.place, { path: '/x', take: () => undefined }, live)).rejects.toMatchObject({
      code: 'unreachable',
    })
  })

  it('is written; a refusal is told, and what was still to be sent is let go', async () => {
    const state = { isEnded: false }
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(64 * 1024)
      } finally {
        state.isEnded = true
      }
    }
    await using engine = await open((_url, response) => {
      reply(response, 403, { message: 'container rootfs is marked read-only' })
    })
    await expect(writeFiles(engine.place, { path: '/x', tar: endless() }, live)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('read-only'),
    })
    expect(state.isEnded).toBe(true)
  })
})
