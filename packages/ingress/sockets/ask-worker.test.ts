import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { askWorker } from './ask-worker.ts'

it('tells again what the worker of before was told, and gives what the one that is meant says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-worker-'))
  const path = join(folder, 'admin.sock')
  const answering = [11, 11, 12]
  const told: string[] = []
  const answer = async (socket: Socket): Promise<void> => {
    const pid = answering.shift()
    told.push(`${pid}: ${(await text(socket)).trim()}`)
    socket.end(`Name: HAProxy\nPid: ${pid}\nUptime: 1\n\nslots of ${pid}\n`)
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(socket)).listen(path)
  try {
    await once(server, 'listening')
    expect(await askWorker({ path, pid: 12 }, 'show servers state')).toBe('slots of 12\n')
    expect(told).toEqual([11, 11, 12].map((pid) => `${pid}: show info; show servers state`))
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
})
