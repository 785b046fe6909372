import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClients, issueRsa } from './testing/certificates.ts'
import { startIngress, type Answer, type Question, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { listen, startTasks } from './testing/tasks.ts'

const stack = new AsyncDisposableStack()
let ingress: TestIngress
const ask = (question: Question): Promise<Answer> => ingress.ask(question)
const statusOf = async (question: Question): Promise<number> => (await ask(question)).status

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof createClients>>['issue']>>
const clients: Record<'ann' | 'stranger' | 'expired' | 'server', Client> = {} as never

const routes = (port: number, [staff, partners]: readonly [string, string]) => `
name: shop
x-staff: &staff {port: ${port}, client_certificates: {authority: ${JSON.stringify(staff)}}}
services:
  web:
    image: shop
    x-atoll:
      routes:
        - {<<: *staff, host: staff.example.org}
        - {<<: *staff, host: siblings.example.org}
        - {<<: *staff, host: mixed.example.org, path: /staff}
        - {port: ${port}, host: mixed.example.org}
        - {port: ${port}, host: open.example.org}
        - {port: ${port}, host: partners.example.org, client_certificates: {authority: ${JSON.stringify(partners)}}}
        - {port: ${port}, host: any.example.org, client_certificates: {authority: ${JSON.stringify(staff)}, optional: true}}
        - {<<: *staff, host: '*.below.example.org'}
        - {port: ${port}, host: open.below.example.org}
        - {port: ${port}, host: half.below.example.org, path: /half}
        - {<<: *staff, host: cors.example.org, cors: {origins: ['*']}}
        - {<<: *staff, host: untrusted.example.net}
`

beforeAll(async () => {
  const [staff, partners] = [await createClients('authority'), await createClients('authority')]
  clients.ann = await staff.issue('ann')
  clients.stranger = await partners.issue('ann')
  clients.expired = await staff.issue('ann', { nowMs: Date.now() - 86_400_000 })
  clients.server = await staff.issue('ann', { use: 'server' })
  const tasks = stack.use(await startTasks(['127.0.0.1']))
  const environment = environmentOf(routes(tasks.port, [staff.authority, partners.authority]), {
    endpoints: { web: endpointsAt('127.0.0.1') },
  })
  const rsa = await issueRsa('staff.example.org')
  const started = await startIngress([environment], {
    certified: ['*.example.org', '*.below.example.org', 'untrusted.example.net'],
    // HAProxy prefers keys of elliptic curves: that of the wildcard must not stand in for that of the name.
    changeCertificates: (issued) => [
      ...issued.map((each) => (each.host === 'untrusted.example.net' ? { ...each, isPublic: false } : each)),
      rsa,
    ],
    trustedAuthorities: [rsa.pem.slice(0, rsa.pem.indexOf('-----BEGIN PRIVATE'))],
  })
  ingress = stack.use(started)
})
afterAll(() => stack.disposeAsync())

describe('who asks such a route', () => {
  test.each([
    ['without a certificate', undefined, 403],
    ['with one of its authority', 'ann', 200],
    ['with one of another authority of the same name', 'stranger', 403],
    ['with one that has expired', 'expired', 403],
    ['with one of a server', 'server', 403],
  ] as const)('%s is answered %s %i', async (_how, client, status) => {
    const tls = client === undefined ? {} : clients[client]
    expect(await statusOf({ host: 'staff.example.org', tls })).toBe(status)
    expect(await statusOf({ host: 'staff.example.org', tls: { ...tls, maxVersion: 'TLSv1.2' } })).toBe(status)
    expect(await statusOf({ host: 'any.below.example.org', tls })).toBe(status)
    expect(await statusOf({ host: 'mixed.example.org', path: '/x/../staff/%61', tls })).toBe(status)
    // Another route of the same host asks for nothing.
    expect(await statusOf({ host: 'mixed.example.org', tls })).toBe(200)
  })

  test('without TLS is sent to TLS, also where the host has no certificate that everybody trusts', async () => {
    for (const host of ['staff.example.org', 'untrusted.example.net']) {
      const { status, headers } = await ask({ host, path: '/a?b', isTls: false })
      expect([status, headers['location']]).toEqual([308, `https://${host}:${ingress.httpsPort}/a?b`])
    }
  })

  test('from another origin is told what it may before it shows anything', async () => {
    const headers = { origin: 'https://a.example.org', 'access-control-request-method': 'GET' }
    expect(await statusOf({ host: 'cors.example.org', method: 'OPTIONS', headers })).toBe(204)
    expect(await statusOf({ host: 'cors.example.org', method: 'OPTIONS' })).toBe(403)
  })

  test('comes again as who it is', async () => {
    const host = 'staff.example.org'
    const { session } = await greet({ host, client: clients.ann })
    expect((await greet({ host, client: clients.ann, session })).status).toBe(200)
  })
})

const lies = ['Client-Cert', 'Client-Cert-Chain', 'CLIENT_CERT', 'X_Client_Certificate-Subject'].concat(
  ['Subject', 'Fingerprint', 'Verified', 'Anything'].map((name) => `X-Client-Certificate-${name}`),
)
const lying = Object.fromEntries(lies.map((name) => [name, 'a lie']))
const told = ({ asked }: Answer): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(asked?.headers ?? {}).filter(([name]) => /client.cert/.test(name)))

describe('the app is told who asks', () => {
  test('as RFC 9440 has it, and by name', async () => {
    const { raw, subject } = new X509Certificate(clients.ann.cert)
    const expected = {
      'client-cert': `:${raw.toString('base64')}:`,
      'x-client-certificate-subject': subject,
      'x-client-certificate-fingerprint': createHash('sha256').update(raw).digest('hex'),
      'x-client-certificate-verified': 'true',
    }
    for (const host of ['staff.example.org', 'any.example.org']) {
      expect(told(await ask({ host, headers: lying, tls: clients.ann }))).toEqual(expected)
    }
  })

  test.each([undefined, 'stranger', 'expired', 'server'] as const)(
    'nothing of what is not good: %s',
    async (client) => {
      const tls = client === undefined ? {} : clients[client]
      const answer = await ask({ host: 'any.example.org', headers: lying, tls })
      expect([answer.status, told(answer)]).toEqual([200, { 'x-client-certificate-verified': 'false' }])
    },
  )

  test('by the ingress alone, whichever route it is', async () => {
    const answer = await ask({ host: 'open.example.org', headers: lying, tls: clients.ann })
    expect([answer.status, told(answer)]).toEqual([200, {}])
  })
})

describe('a connection made for another name', () => {
  test.each([
    ['open.example.org', 'staff.example.org', 421],
    ['partners.example.org', 'staff.example.org', 421],
    ['siblings.example.org', 'staff.example.org', 421],
    ['one.below.example.org', 'two.below.example.org', 421],
    ['open.example.org', 'any.example.org', 421],
    ['staff.example.org', 'open.example.org', 200],
    ['STAFF.example.org', 'Staff.example.org.', 200],
  ])('%s, asked for %s, answers %i', async (servername, host, status) => {
    const client = servername.startsWith('partners') ? clients.stranger : clients.ann
    const address = `https://127.0.0.1:${ingress.httpsPort}`
    // Names of certificates mean nothing here: the server is known by its key.
    const options = { ...client, servername, ca: [...ingress.authorities], checkServerIdentity: () => undefined }
    const session = connectHttp2(address, options)
    try {
      const stream = session.request({ ':authority': host })
      const [response] = (await once(stream.end(), 'response')) as [Record<string, number>]
      expect(response[':status']).toBe(status)
    } finally {
      session.destroy()
    }
  })

  test('cannot be gone on with under the name of a route that asks', async () => {
    const { session, status } = await greet({ host: 'partners.example.org', client: clients.stranger })
    expect(status).toBe(200)
    // Clients keep the name in it, and Node goes on with none of another; who means harm is not bound by that.
    const bytes = session?.toString('latin1').replaceAll('partners.example.org', 'siblings.example.org')
    const stolen = bytes === undefined ? undefined : Buffer.from(bytes, 'latin1')
    expect((await greet({ host: 'siblings.example.org', session: stolen })).status).toBe(403)
  })
})

interface Greeting {
  readonly host: string
  readonly client?: Client
  /** Goes on with this one. */
  readonly session?: Buffer | undefined
}

/** One request over TLS 1.3, until the server has closed the connection; with the session it gave, if it gave one. */
const greet = async ({ host, client, session }: Greeting): Promise<{ status: number; session: Buffer | undefined }> => {
  const socket = connectTls({
    host: '127.0.0.1',
    port: ingress.httpsPort,
    servername: host,
    ca: [...ingress.authorities],
    ...client,
    ...(session && { session }),
  })
  let given: Buffer | undefined
  socket.on('session', (each) => (given = each))
  socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(text)?.[1]), session: given }
}

test('it is the same where the port of HTTPS also passes TLS on', async () => {
  const staff = await createClients('authority')
  const client_certificates = { authority: staff.authority }
  await using tasks = await startTasks(['127.0.0.1'])
  const { port } = tasks
  await using shared = await startIngress(({ https }) => {
    const passed = { protocol: 'tls', host: 'db.example.org', listen: https, port }
    const routes = [passed, { host: 'staff.example.org', port, client_certificates }]
    const services = { web: { image: 'shop', 'x-atoll': { routes } } }
    const text = JSON.stringify({ name: 'shop', services })
    return [environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })]
  })
  const host = 'staff.example.org'
  expect((await shared.ask({ host })).status).toBe(403)
  expect((await shared.ask({ host, tls: await staff.issue('ann') })).status).toBe(200)
})

describe('a name is asked for a certificate when a route may want one there', () => {
  test.each([
    ['staff.example.org', true],
    ['mixed.example.org', true],
    ['any.example.org', true],
    ['one.below.example.org', true],
    // Answers by the wildcard where it has no route itself.
    ['half.below.example.org', true],
    ['open.below.example.org', false],
    ['open.example.org', false],
    ['else.example.org', false],
  ])('%s: %s', async (servername, isAsked) => {
    expect((await listMessages(servername)).includes(certificateRequest)).toBe(isAsked)
  })
})

const certificateRequest = 13

/** Kinds of messages of a handshake that the server sends, as far as it can be read by who listens: of TLS 1.2. */
const listMessages = async (servername: string): Promise<readonly number[]> => {
  const sent: Buffer[] = []
  const sockets: Socket[] = []
  const listener = createServer((socket) => {
    const inside = connect({ host: '127.0.0.1', port: ingress.httpsPort })
    sockets.push(
      socket,
      inside.on('data', (chunk: Buffer) => sent.push(chunk)),
    )
    socket.pipe(inside).pipe(socket)
  })
  const port = await listen(listener, '127.0.0.1')
  const ca = [...ingress.authorities]
  const client = connectTls({ host: '127.0.0.1', port, servername, ca, maxVersion: 'TLSv1.2' })
  await once(client, 'secureConnect')
  client.destroy()
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => listener.close(resolve))
  return readMessages(readRecords(Buffer.concat(sent)))
}

/** What is said before the keys are changed (RFC 5246, 6.2.1). */
const readRecords = (bytes: Buffer): Buffer => {
  const parts: Buffer[] = []
  for (let at = 0; bytes[at] === 22; at += 5 + bytes.readUInt16BE(at + 3)) {
    parts.push(bytes.subarray(at + 5, at + 5 + bytes.readUInt16BE(at + 3)))
  }
  return Buffer.concat(parts)
}

const readMessages = (bytes: Buffer): readonly number[] => {
  const kinds: number[] = []
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUIntBE(at + 1, 3)) kinds.push(bytes[at] ?? 0)
  return kinds
}
