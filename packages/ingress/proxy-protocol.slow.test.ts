import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createBench, type Bench } from './testing/bench.ts'
import type { TestIngress } from './testing/ingress.ts'
import { echo } from './testing/tasks.ts'

let bench: Bench = createBench()
afterEach(async () => {
  await bench[Symbol.asyncDispose]()
  bench = createBench()
})

const request = 'GET / HTTP/1.1\r\nhost: a.example.org\r\nconnection: close\r\n\r\n'
const header = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n'
/** Version 2 (proxy-protocol.txt, 2.2), of the same client. */
const binaryHeader = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb007109c0000201126701bb', 'hex')

describe('proxies in front that speak it', () => {
  const start = async (trustedProxies: readonly string[]): Promise<TestIngress> => {
    const port = await bench.startHandler(echo)
    const around = { trustedProxies, isProxyProtocolExpected: true }
    return bench.startRoutes(() => [`{host: a.example.org, port: ${port}, https: optional}`], around)
  }
  const say = async ({ settings }: TestIngress, ...parts: readonly (string | Buffer)[]): Promise<string> => {
    const socket = connect(settings.httpPort, '127.0.0.1')
    for (const part of parts) socket.write(part)
    return text(socket).catch((error: Error) => error.message)
  }

  test.each([
    ['1', header],
    ['2', binaryHeader],
  ])('name the client, in version %s', async (_, first) => {
    const said = await say(await start(['127.0.0.0/8']), first, request)
    expect(said).toContain('HTTP/1.1 200')
    expect(said).toContain('"x-forwarded-for":"203.0.113.9"')
    expect(said).toContain('"x-real-ip":"203.0.113.9"')
  })

  test('name it before TLS too', async () => {
    const ingress = await start(['127.0.0.0/8'])
    const plain = connect(ingress.httpsPort, '127.0.0.1')
    plain.write(header)
    const socket = connectTls({ socket: plain, servername: 'a.example.org', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.write(request)
    const said = await text(socket)
    expect(said).toContain('"x-forwarded-for":"203.0.113.9"')
    expect(said).toContain('"x-forwarded-proto":"https"')
  })

  test('are not answered when they do not', async () => {
    expect(await say(await start(['127.0.0.0/8']), request)).not.toContain('HTTP/1.1 200')
  })

  test('are nobody else: who is not trusted names nobody', async () => {
    const ingress = await start(['192.0.2.0/24'])
    expect(await say(ingress, header, request)).toContain('HTTP/1.1 400')
    expect(await say(ingress, request)).toContain('"x-forwarded-for":"127.0.0.1"')
  })
})

describe('a task that wants it', () => {
  const listenAt = async (server: Server): Promise<number> => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    bench.stack.defer(() => void server.close())
    return (server.address() as AddressInfo).port
  }
  /** Answers with what a connection begins with, in hexadecimal, and counts connections that begin otherwise. */
  const startTask = async (): Promise<{ readonly port: number }> => {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => undefined)
      let seen = Buffer.alloc(0)
      socket.on('data', (chunk) => {
        seen = Buffer.concat([seen, chunk])
        const at = seen.indexOf('GET ')
        if (at < 0 || !seen.includes('\r\n\r\n', at)) return
        const body = seen.subarray(0, at).toString('hex')
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
      })
    })
    const port = await listenAt(server)
    return { port }
  }

  test.each([
    ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n$/],
    ['v2', /^\r\n\r\n\0\r\nQUIT\n/],
  ])('gets %s', async (version, shape) => {
    const { port } = await startTask()
    const ingress = await bench.startRoutes(() => [
      `{host: a.example.org, port: ${port}, https: optional, proxy_protocol: ${version}}`,
    ])
    for (const round of [1, 2]) {
      const { status, text: said } = await ingress.ask({ host: 'a.example.org', isTls: round === 2 })
      expect(status).toBe(200)
      expect(Buffer.from(said, 'hex').toString('latin1')).toMatch(shape)
    }
  })

  test('gets it of TLS that is passed on as it is', async () => {
    const seen = Promise.withResolvers<string>()
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        // Checks say no more than who they are.
        if (chunk.includes('a.example.org')) seen.resolve(chunk.toString('latin1'))
      })
    })
    const port = await listenAt(server)
    const ingress = await bench.startRoutes(({ https }) => [
      `{protocol: tls, host: a.example.org, listen: ${https}, port: ${port}, proxy_protocol: v1}`,
    ])
    const socket = connectTls({
      host: '127.0.0.1',
      port: ingress.httpsPort,
      servername: 'a.example.org',
      rejectUnauthorized: false,
    })
    socket.on('error', () => undefined)
    expect(await seen.promise).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\n/)
    socket.destroy()
  })
})
