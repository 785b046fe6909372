import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { ask } from './web/ask.ts'

/** For documentation only: nobody has it. */
const nobody = '192.0.2.1'

/** A port that takes no connection any more and refuses none, as that of a node without power. */
const listenDeaf = async (host: string, port: number) => {
  const script = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:net').createServer()
    server.listen({ host: '${host}', port: ${port}, backlog: 1 }, () => {
      parentPort.postMessage('listening')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    })`
  const worker = new Worker(script, { eval: true })
  await once(worker, 'message')
  const waiting = [1, 2].map(() => connect({ host, port }))
  await Promise.all(waiting.map((socket) => once(socket, 'connect')))
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy()
      await worker.terminate()
    },
  }
}

const listen = async (status: number) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.headers.host ?? '')
    response.writeHead(status).end('{"node-1":1}')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://api:${(server.address() as AddressInfo).port}/sightings/node-1`)
  return { url, asked, [Symbol.dispose]: () => void server.close() }
}

test('a task whose node is gone is passed over for the next', async () => {
  using server = await listen(200)
  await using _deaf = await listenDeaf('127.0.0.2', Number(server.url.port))
  const startedMs = performance.now()
  expect(await ask(server.url, async () => ['127.0.0.2', '127.0.0.1'])).toBe('{"node-1":1}')
  expect(performance.now() - startedMs).toBeGreaterThan(400)
  expect(performance.now() - startedMs).toBeLessThan(1_500)
  expect(server.asked).toEqual([server.url.host])
})

test('what was answered is not asked again elsewhere', async () => {
  using server = await listen(502)
  await expect(ask(server.url, async () => ['127.0.0.1', '127.0.0.1'])).rejects.toThrow('502')
  expect(server.asked).toHaveLength(1)
})

test('when nobody is there, it says of each address why', async () => {
  const url = new URL('http://api:9/')
  await expect(ask(url, async () => ['127.0.0.1', nobody])).rejects.toThrow(/api:9: 127\.0\.0\.1: .*; 192\.0\.2\.1: /)
})
