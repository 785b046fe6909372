import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { createAuthority, issueCertificate } from '@atoll/authority'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freePort } from './testing/free-port.ts'
import type { TestIngress } from './testing/ingress.ts'
import { createBench, type Bench } from './testing/bench.ts'
import { echo } from './testing/tasks.ts'

let bench: Bench
beforeEach(() => void (bench = createBench()))
afterEach(() => bench[Symbol.asyncDispose]())

const listening = async (server: ReturnType<typeof createTcpServer>): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  bench.stack.defer(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const readAll = async (stream: AsyncIterable<Buffer | string>): Promise<string> => {
  let text = ''
  for await (const chunk of stream) text += chunk.toString()
  return text
}

describe('time', () => {
  const waiting: RequestListener = (_, response) => void response.on('close', () => {})

  test('that an app is silent is limited by the route', async () => {
    const port = await bench.startHandler(() => waiting)
    const ingress = await bench.startRoutes(() => [
      `{host: a.example.org, port: ${port}, timeouts: {response: 200ms}, retries: {on: []}}`,
    ])
    expect((await ingress.ask({ host: 'a.example.org' })).status).toBe(504)
  })

  test('between server-sent events is that of connections, not of answers', async () => {
    const port = await bench.startHandler(() => (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: 1\n\n')
      // The pause is what is under test.
      setTimeout(() => response.end('data: 2\n\n'), 600)
    })
    const ingress = await bench.startRoutes(() => [
      `{host: a.example.org, port: ${port}, compression: true, timeouts: {response: 200ms, idle: 5s}}`,
    ])
    const headers = { accept: 'text/event-stream' }
    expect((await ingress.ask({ host: 'a.example.org', headers })).text).toBe('data: 1\n\ndata: 2\n\n')
  })

  test('events arrive one by one', async () => {
    let send: (text: string) => void = () => {}
    const port = await bench.startHandler(() => (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      send = (text) => response.write(text)
      send('data: 1\n\n')
    })
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}}`])
    const request = requestHttps({
      host: '127.0.0.1',
      port: ingress.httpsPort,
      servername: 'a.example.org',
      ca: ingress.authority,
      headers: { host: 'a.example.org', accept: 'text/event-stream' },
    }).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    const events = response[Symbol.asyncIterator]()
    expect(String((await events.next()).value)).toBe('data: 1\n\n')
    send('data: 2\n\n')
    expect(String((await events.next()).value)).toBe('data: 2\n\n')
    request.destroy()
  })
})

test('a WebSocket passes through, and may be silent for longer than an answer', async () => {
  const server = createHttpServer().on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    const lines = ['HTTP/1.1 101 Switching Protocols', `upgrade: ${request.headers.upgrade}`, 'connection: upgrade']
    socket.write([...lines, `sec-websocket-accept: ${accept}`, '\r\n'].join('\r\n'))
    socket.on('data', (data) => setTimeout(() => socket.write(`echo ${String(data)}`), 500))
  })
  const port = await listening(server)
  const ingress = await bench.startRoutes(() => [
    `{host: a.example.org, port: ${port}, timeouts: {response: 200ms, idle: 5s}}`,
  ])
  const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  const request = requestHttps({
    host: '127.0.0.1',
    port: ingress.httpsPort,
    servername: 'a.example.org',
    ca: ingress.authority,
    headers: { host: 'a.example.org', ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
  }).end()
  const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket]
  socket.write('hello')
  const [data] = (await once(socket, 'data')) as [Buffer]
  expect(data.toString()).toBe('echo hello')
  socket.destroy()
})

describe('HTTP/2', () => {
  const askHttp2 = async (ingress: TestIngress, headers: Record<string, string>, body?: string) => {
    const session = connectHttp2(`https://a.example.org:${ingress.httpsPort}`, {
      ca: ingress.authority,
      createConnection: (url) =>
        connectTls({
          host: '127.0.0.1',
          port: ingress.httpsPort,
          servername: url.hostname,
          ca: ingress.authority,
          ALPNProtocols: ['h2'],
        }),
    })
    bench.stack.defer(() => session.destroy())
    const stream = session.request({ ':authority': 'a.example.org', ...headers })
    stream.end(body)
    const [response] = (await once(stream, 'response')) as [Record<string, string | number>]
    let trailers: Record<string, string> = {}
    stream.on('trailers', (got: Record<string, string>) => (trailers = got))
    const text = await readAll(stream)
    return { status: response[':status'], text, trailers }
  }

  test('of clients becomes what the app speaks', async () => {
    const port = await bench.startHandler(echo)
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, port: ${port}, max_body: 1k}`])
    const { status, text } = await askHttp2(ingress, { ':path': '/%61?q', ':method': 'GET' })
    expect([status, JSON.parse(text)]).toMatchObject([200, { path: '/a?q', headers: { host: 'a.example.org' } }])
    const unknown = await askHttp2(ingress, { ':path': '/', ':method': 'POST' }, 'x')
    expect(unknown.status).toBe(411)
  })

  test('without TLS reaches an app that speaks it, with its trailers, as gRPC does', async () => {
    const server = createHttp2Server().on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.on('data', (data: Buffer) => stream.write(`${headers[':path']} ${data.toString()}`))
      stream.on('end', () => stream.end())
    })
    const port = await listening(server)
    const ingress = await bench.startRoutes(() => [`{host: a.example.org, protocol: h2c, port: ${port}}`])
    const headers = {
      ':path': '/pack.Service/Call',
      ':method': 'POST',
      te: 'trailers',
      'content-type': 'application/grpc',
    }
    expect(await askHttp2(ingress, headers, 'message')).toEqual({
      status: 200,
      text: '/pack.Service/Call message',
      trailers: expect.objectContaining({ 'grpc-status': '0' }) as unknown,
    })
  })
})

test('a port as it is leads to its service, for who may', async () => {
  const port = await listening(createTcpServer((socket) => socket.pipe(socket)))
  const [open, shut] = [await freePort(), await freePort()]
  await bench.startRoutes(() => [
    `{protocol: tcp, listen: ${open}, port: ${port}}`,
    `{protocol: tcp, listen: ${shut}, port: ${port}, allow: [192.0.2.1]}`,
  ])
  const say = async (to: number): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port: to }).on('error', () => {})
    socket.end('hello')
    return readAll(socket)
  }
  expect(await say(open)).toBe('hello')
  expect(await say(shut).catch(() => '')).toBe('')
})

test('TLS is passed on as it is by name, and the rest of the port is HTTPS', async () => {
  const authority = await createAuthority({ name: 'the app', nowMs: Date.now() })
  const { certificatePem, keyPem } = await issueCertificate({
    authority,
    commonName: 'app',
    names: ['db.example.org', '*.db.example.org'],
    addresses: [],
    use: 'server',
    nowMs: Date.now(),
    lifeMs: 60_000,
  })
  const own = (socket: TLSSocket): void => void socket.on('error', () => {}).end('the app itself')
  const port = await listening(createTlsServer({ cert: certificatePem, key: keyPem }, own))
  const web = await bench.startHandler(echo)
  const ingress = await bench.startRoutes(({ https }) => [
    `{protocol: tls, host: db.example.org, listen: ${https}, port: ${port}}`,
    `{protocol: tls, host: '*.db.example.org', listen: ${https}, port: ${port}}`,
    `{host: a.example.org, port: ${web}}`,
  ])
  const say = async (servername: string): Promise<string> => {
    const { certificatePem: ca } = authority
    return readAll(connectTls({ host: '127.0.0.1', port: ingress.httpsPort, servername, ca }))
  }
  expect(await say('db.example.org')).toBe('the app itself')
  expect(await say('one.db.example.org')).toBe('the app itself')
  const { status, asked } = await ingress.ask({ host: 'a.example.org' })
  expect([status, asked?.headers['x-forwarded-for']]).toEqual([200, '127.0.0.1'])
})
