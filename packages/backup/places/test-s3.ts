import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { judgeSignature } from './judge-signature.ts'
import type { Keys } from './judge-signature.ts'

export interface TestS3 extends Keys, AsyncDisposable {
  readonly endpoint: string
}

/**
 * For tests: a server of S3 with the bucket `backups`, behind a door that lets in what is signed with its keys alone. `address`:
 * where it is to be reached; loopback unless said.
 */
export const openTestS3 = async (address = '127.0.0.1'): Promise<TestS3> => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-s3-'))
  const port = await findPort()
  const server = await startServer(folder, port)
  // It is the one id that this server knows, and it leaves the signature unread.
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: randomBytes(20).toString('hex'), region: 'eu-test-1' }
  const door = createServer((incoming, reply) => void pass(incoming, reply, { keys, port }))
  const endpoint = `http://${address}:${await listen(door, address)}`
  return {
    ...keys,
    endpoint,
    [Symbol.asyncDispose]: async () => {
      door.closeAllConnections()
      door.close()
      server.kill()
      await once(server, 'close')
      rmSync(folder, { recursive: true })
    },
  }
}

const startServer = async (folder: string, port: number): Promise<ChildProcess> => {
  const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js')
  const args = ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '--configure-bucket', 'backups']
  const server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(server.stdout, 'data')
  return server
}

const findPort = async (): Promise<number> => {
  const probe = createServer()
  const port = await listen(probe)
  probe.close()
  return port
}

const listen = async (server: Server, address = '127.0.0.1'): Promise<number> => {
  server.listen(0, address)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Way {
  readonly keys: Keys
  readonly port: number
}

const pass = async (incoming: IncomingMessage, reply: ServerResponse, { keys, port }: Way): Promise<void> => {
  const { method = 'GET', url: path = '/', headers } = incoming
  const body = await buffer(incoming)
  const code = judgeSignature({ method, path, headers, body }, keys, Date.now())
  if (code !== undefined) {
    reply.writeHead(403, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`)
    return
  }
  const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(reply)
  })
  onward.on('error', () => reply.destroy())
  onward.end(body)
}
